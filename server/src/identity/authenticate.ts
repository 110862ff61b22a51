import type { IncomingMessage } from 'node:http';
import { parseCookie } from 'cookie';
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
  const bearer = given.token ?? /^Bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1];
  if (bearer !== undefined)
    return tokens.ofService(bearer) ?? (await tokens.ofBrowser(bearer)) ?? tokens.ofExtension(bearer);
  const cookie = cookieOf(request, browserCookie);
  if (!cookie || (!given.safe && !sameOrigin(request))) return null;
  return tokens.ofBrowser(cookie);
}

export function sameOrigin(request: IncomingMessage): boolean {
  const { origin, host } = request.headers;
  if (origin === undefined) return true;
  return URL.canParse(origin) && new URL(origin).host === host;
}
