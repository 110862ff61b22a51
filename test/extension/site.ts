import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Answer = { type?: string; body: string; headers?: Record<string, string>; status?: number };

/** Pages of our own, on an address of their own. */
export type Site = {
  url: string;
  /** Serves something at a path from now on. */
  put(path: string, answer: Answer): void;
  close(): Promise<void>;
};

export async function openSite(): Promise<Site> {
  const answers = new Map<string, Answer>();
  const server: Server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://site');
    const answer = answers.get(pathname);
    const {
      status = answer ? 200 : 404,
      type = 'text/html',
      headers = {},
      body = 'Not found',
    } = answer ?? {};
    response.writeHead(status, { 'content-type': `${type}; charset=utf-8`, ...headers }).end(body);
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    put: (path, answer) => void answers.set(path, answer),
    close: () =>
      new Promise(resolve => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

export const htmlOf = (body: string, head = '') =>
  `<!doctype html><html lang="en"><head><title>Orders</title>${head}</head><body>${body}</body></html>`;
