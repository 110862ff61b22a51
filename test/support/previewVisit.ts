import { type IncomingHttpHeaders, request } from 'node:http';
import { text } from 'node:stream/consumers';

export type Visited = { status: number; headers: IncomingHttpHeaders; body: string };

/** A request to a preview's own name, which this machine's resolver need not know. */
export function visit(
  url: string,
  {
    headers = {},
    method = 'GET',
    body,
  }: { headers?: Record<string, string>; method?: string; body?: string } = {},
): Promise<Visited> {
  const { host, port, pathname, search } = new URL(url);
  return new Promise((resolve, reject) => {
    const asked = request({
      host: '127.0.0.1',
      port,
      method,
      path: pathname + search,
      headers: { host, ...headers },
      agent: false,
    });
    asked.once('error', reject);
    asked.once('response', answer => {
      text(answer).then(
        said => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: said }),
        reject,
      );
    });
    asked.end(body);
  });
}

/** Goes in by a link, as a browser would; answers the cookie that it keeps, and where it was sent. */
export async function enter(
  link: string,
): Promise<{ cookie: string; place: string; origin: string; first: Visited }> {
  const first = await visit(link);
  const cookie = first.headers['set-cookie']?.[0]?.split(';')[0] ?? '';
  return { cookie, place: first.headers.location ?? '', origin: new URL(link).origin, first };
}
