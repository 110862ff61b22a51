import type { IncomingMessage } from 'node:http';
import { parseCookie } from 'cookie';
import { hashOf } from './hashes.ts';
import type { Identity } from './identity.ts';
import { browserCookie, type Tokens } from './tokens.ts';

/** A value that is no well-formed cookie's is handed on as it came: nothing that we gave looks like it. */
export const cookieOf = (request: IncomingMessage, name: string): string | null =>
  parseCookie(request.headers.cookie ?? '')[name] ?? null;

/**
 * Who sent this request: a bearer token, else the browser's cookie. A cookie counts only from our own pages
 * (Origin), since browsers send it along for anybody's.
 */
export async function authenticate(
  tokens: Tokens,
  request: IncomingMessage,
  given: { token?: string | undefined; safe: boolean },
): Promise<Identity | null> {
  const bearer = given.token ?? bearerOf(request);
  if (bearer !== undefined)
    return tokens.ofService(bearer) ?? (await tokens.ofBrowser(bearer)) ?? tokens.ofExtension(bearer);
  const cookie = cookieOf(request, browserCookie);
  if (!cookie || (!given.safe && !sameOrigin(request))) return null;
  return tokens.ofBrowser(cookie);
}

const bearerOf = (request: IncomingMessage) =>
  /^Bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1];

/** Names what they show, and lets nobody use it: the first digits of its hash. */
export function tokenIdOf(request: IncomingMessage, given?: string): string | undefined {
  const bearer = given ?? bearerOf(request);
  if (bearer !== undefined) return `token:${hashOf(bearer).slice(0, 12)}`;
  const cookie = cookieOf(request, browserCookie);
  return cookie ? `browser:${hashOf(cookie).slice(0, 12)}` : undefined;
}

export function sameOrigin(request: IncomingMessage): boolean {
  const { origin, host } = request.headers;
  if (origin === undefined) return true;
  return URL.canParse(origin) && new URL(origin).host === host;
}
