import type { OutgoingHttpHeaders } from 'node:http';
import type { ProxySecret } from '../rules/sandboxRules.ts';

export type Injected =
  | { ok: true; headers: OutgoingHttpHeaders; path: string; used: string[] }
  /** It needs a secret that nobody has said yes to. */
  | { ok: false; name: string };

/**
 * Puts values in the place of sentinels: in headers, also inside of Basic credentials, and in the query. `secrets` are
 * those for the host that the request goes to; sentinels of others stay what they are, worth nothing.
 */
export function inject(
  secrets: readonly ProxySecret[],
  request: { headers: OutgoingHttpHeaders; path: string },
): Injected {
  const used = new Set<string>();
  let missing: string | undefined;
  const replace = (text: string, encode: (value: string) => string = value => value): string =>
    secrets.reduce((now, { name, sentinel, value }) => {
      if (!now.includes(sentinel)) return now;
      used.add(name);
      if (value === undefined) missing ??= name;
      return value === undefined ? now : now.replaceAll(sentinel, () => encode(value));
    }, text);

  const headers: OutgoingHttpHeaders = {};
  for (const [name, value] of Object.entries(request.headers)) {
    if (typeof value === 'string')
      headers[name] = name === 'authorization' ? inCredentials(value, replace) : replace(value);
    else if (Array.isArray(value)) headers[name] = value.map(each => replace(each));
    else headers[name] = value;
  }
  const own = secrets.find(({ as }) => as !== undefined);
  if (own && headers.authorization === undefined) {
    used.add(own.name);
    if (own.value === undefined) missing ??= own.name;
    else headers.authorization = authorizationOf(own, own.value);
  }
  const at = request.path.indexOf('?');
  const path =
    at < 0 ? request.path : request.path.slice(0, at) + replace(request.path.slice(at), encodeURIComponent);
  return missing === undefined ? { ok: true, headers, path, used: [...used] } : { ok: false, name: missing };
}

const authorizationOf = ({ as, username = '' }: ProxySecret, value: string) =>
  as === 'basic' ? `Basic ${Buffer.from(`${username}:${value}`).toString('base64')}` : `Bearer ${value}`;

function inCredentials(header: string, replace: (text: string) => string): string {
  const [, scheme, encoded] = /^(Basic) +([A-Za-z0-9+/_-]+=*)\s*$/i.exec(header) ?? [];
  if (!scheme || !encoded) return replace(header);
  const plain = Buffer.from(encoded, 'base64').toString('utf8');
  const replaced = replace(plain);
  return replaced === plain ? replace(header) : `${scheme} ${Buffer.from(replaced).toString('base64')}`;
}
