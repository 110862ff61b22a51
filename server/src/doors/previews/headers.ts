import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';

export const previewCookie = 'deckhand_preview';

/** What belongs to one connection and not to what travels over it. */
const hopByHop = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** What the app inside is asked: as if its browser stood beside it, and without our cookie. */
export function requestHeaders(
  given: IncomingHttpHeaders,
  port: number,
  upgrade: boolean,
): OutgoingHttpHeaders {
  const headers: OutgoingHttpHeaders = {};
  for (const [name, value] of Object.entries(given))
    if (value !== undefined && (upgrade || !hopByHop.has(name))) headers[name] = value;
  headers.host = `localhost:${port}`;
  if (given.origin) headers.origin = `http://localhost:${port}`;
  if (given.referer) headers.referer = `http://localhost:${port}/`;
  const cookies = (given.cookie ?? '')
    .split(/;\s*/)
    .filter(pair => !pair.startsWith(`${previewCookie}=`) && pair !== '');
  if (cookies.length > 0) headers.cookie = cookies.join('; ');
  else delete headers.cookie;
  // Pages get a line of ours put in: they come as they are.
  if (!upgrade) headers['accept-encoding'] = 'identity';
  return headers;
}

/** What a browser is answered: nothing that leads out of the preview or shuts the sidebar out of it. */
export function responseHeaders(
  given: IncomingHttpHeaders,
  { port, frames }: { port: number; frames: string },
): OutgoingHttpHeaders {
  const headers: OutgoingHttpHeaders = {};
  for (const [name, value] of Object.entries(given))
    if (value !== undefined && !hopByHop.has(name)) headers[name] = value;
  delete headers['x-frame-options'];
  delete headers['strict-transport-security'];
  const policy = String(given['content-security-policy'] ?? '')
    .split(';')
    .filter(part => part.trim() !== '' && !/^\s*frame-ancestors\b/i.test(part));
  headers['content-security-policy'] = [...policy, ` frame-ancestors ${frames}`].join(';').trim();
  headers['referrer-policy'] = 'same-origin';
  headers['x-robots-tag'] = 'noindex';
  headers['cache-control'] = 'no-store';
  if (given.location)
    headers.location =
      given.location.replace(new RegExp(`^https?://(localhost|127\\.0\\.0\\.1)(:${port})?(?=/|$)`), '') ||
      '/';
  const cookies = given['set-cookie'];
  if (cookies) headers['set-cookie'] = cookies.map(cookie => cookie.replace(/;\s*domain=[^;]*/i, ''));
  return headers;
}
