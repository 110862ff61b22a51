import { isIPv6 } from 'node:net';
import { z } from 'zod';

const mostChars = 253;

/**
 * A host as everybody here compares it: lower case, punycode, without the dot at its end; addresses in their shortest
 * form, without brackets. Undefined where it is none.
 */
export function canonicalHost(text: string): string | undefined {
  if (text.length > mostChars + 3) return undefined;
  const bare = text.replace(/^\[(.*)\]$/, '$1');
  const url = URL.parse(`http://${isIPv6(bare) ? `[${bare}]` : bare}/`);
  // What is more than a host (`user@`, a port, a path) would be taken for another host by somebody else.
  if (!url || url.username || url.password || url.port || url.pathname !== '/' || url.search || url.hash)
    return undefined;
  const host = url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  const isWhole = host !== '' && host.length <= mostChars && !/(^|\.)(\.|$)|[*%]/.test(host);
  return isWhole && !/[/?#@\\\s]/.test(bare) && !/:/.test(isIPv6(bare) ? '' : bare) ? host : undefined;
}

/** `example.com`, `*.example.com` for all below it (also said as `.example.com`), or `*`; canonical or undefined. */
export function canonicalPattern(text: string): string | undefined {
  if (text === '*') return text;
  const [, below] = /^\*?\.(.+)$/.exec(text) ?? [];
  if (below === undefined) return canonicalHost(text);
  const host = canonicalHost(below);
  return host === undefined ? undefined : `*.${host}`;
}

/** Both canonical. */
export function coversHost(pattern: string, host: string): boolean {
  if (pattern === '*') return true;
  return pattern.startsWith('*.') ? host.endsWith(pattern.slice(1)) : host === pattern;
}

export const HostPattern = z.string().transform((text, context) => {
  const pattern = canonicalPattern(text);
  if (pattern !== undefined) return pattern;
  context.addIssue({
    code: 'custom',
    message: `${JSON.stringify(text)} is no host: say example.com, *.example.com or *`,
  });
  return z.NEVER;
});
