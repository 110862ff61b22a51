import { request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { join } from '@deckhand/sandbox/join';
import { stringifySetCookie } from 'cookie';
import type { Logger } from 'pino';
import { type Admitted, previewTtlMs } from '../../commands/previews/access.ts';
import type { Previews } from '../../commands/previews/previews.ts';
import { cookieOf } from '../../identity/authenticate.ts';
import { previewCookie, requestHeaders, responseHeaders } from './headers.ts';
import { helperPath, helperScript } from './helper.ts';
import { injectHelper } from './inject.ts';

export type PreviewDoorDeps = {
  previews: Previews;
  /** Before a browser gets what it may look with: who opened it, and from where it is used. */
  onEntered: (shown: Admitted, address: string | undefined) => Promise<void>;
  /** Who may show a preview in a frame, as a policy says it. */
  frames: () => string;
  log: Logger;
};

const enterPath = '/__deckhand/enter';

/**
 * The door to what runs in a sandbox: HTTP and WebSocket, through the bridge that the server has to it. Nothing is
 * published anywhere; each request is judged anew.
 */
export function previewDoor(deps: PreviewDoorDeps) {
  const { previews } = deps;
  const nameOf = (request: IncomingMessage) => previews.places()?.nameOf(request.headers.host) ?? null;

  const open = new Set<{ destroy(): void }>();
  const track = (one: (Duplex | ServerResponse) & { destroy(): void }) => {
    open.add(one);
    one.once('close', () => open.delete(one));
  };

  const admitted = (name: string, request: IncomingMessage) =>
    previews.access.admitted(name, cookieOf(request, previewCookie));

  const enter = async (
    name: string,
    url: URL,
    { request, response }: { request: IncomingMessage; response: ServerResponse },
  ): Promise<void> => {
    const secret = await previews.access.enter(name, url.searchParams.get('ticket') ?? '');
    const shown = await previews.access.admitted(name, secret);
    if (shown) await deps.onEntered(shown, request.socket.remoteAddress);
    if (!secret || !shown)
      return say(response, 403, 'This preview’s link was used. Open it from the sidebar again.');
    const to = url.searchParams.get('to') ?? '/';
    // Browsers keep secure cookies of localhost, too; partitioned: it counts where it was opened, in that frame alone.
    const cookie = stringifySetCookie({
      name: previewCookie,
      value: secret,
      path: '/',
      httpOnly: true,
      secure: true,
      sameSite: 'none',
      partitioned: true,
      maxAge: previewTtlMs / 1000,
    });
    response
      .writeHead(303, {
        'set-cookie': cookie,
        location: /^\/(?![/\\])/.test(to) ? to : '/',
        'cache-control': 'no-store',
        'referrer-policy': 'no-referrer',
      })
      .end();
  };

  const serve = async (name: string, request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const asked = request.url ?? '/';
    if (!URL.canParse(asked, 'http://preview')) return say(response, 400, 'This is no address of a page.');
    const url = new URL(asked, 'http://preview');
    if (url.pathname === enterPath) return enter(name, url, { request, response });
    const shown = await admitted(name, request);
    if (!shown) return say(response, 403, 'This preview is closed. Open it from the sidebar again.');
    if (url.pathname === helperPath) {
      response
        .writeHead(200, { 'content-type': 'text/javascript', 'cache-control': 'no-store' })
        .end(helperScript);
      return;
    }
    const opened = await previews.openPort(shown.sessionId, shown.port, shown.userId);
    if (!opened.ok) return say(response, 503, opened.message, opened.again ? 2 : undefined);
    await forward(shown, opened.stream, request, response);
  };

  const forward = async (
    shown: Admitted,
    stream: Duplex,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> => {
    const { port } = shown;
    const asked = httpRequest({
      createConnection: () => stream as never,
      method: request.method,
      path: request.url,
      headers: requestHeaders(request.headers, port, false),
      setHost: false,
    });
    response.on('close', () => stream.destroy());
    const answered = new Promise<IncomingMessage>((resolve, reject) =>
      asked.once('response', resolve).once('error', reject),
    );
    // A body that breaks off is the answer's concern.
    void pipeline(request, asked).catch(() => {});
    try {
      const answer = await answered;
      const headers = responseHeaders(answer.headers, {
        port,
        frames: [deps.frames(), shown.over ?? ''].join(' ').trim(),
      });
      const isPage =
        /^text\/html\b/i.test(String(answer.headers['content-type'])) && !answer.headers['content-encoding'];
      if (isPage) delete headers['content-length'];
      response.writeHead(answer.statusCode ?? 502, headers);
      if (isPage && request.method !== 'HEAD') await pipeline(answer, injectHelper(), response);
      else await pipeline(answer, response);
    } catch (error) {
      stream.destroy();
      if (response.headersSent) response.destroy();
      else
        say(
          response,
          502,
          `Nothing answers on port ${port} in the sandbox yet. It is looked again in a moment.`,
          2,
        );
      deps.log.debug({ err: error, port }, 'a preview was not answered');
    }
  };

  const upgrade = async (
    name: string,
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
  ): Promise<void> => {
    track(socket);
    const refuse = (status: string) =>
      socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\n\r\n`, () => socket.destroy());
    const shown = await admitted(name, request);
    // A page of another origin must not speak for the browser that has the cookie.
    const origin = request.headers.origin;
    if (!shown || (origin !== undefined && previews.places()?.urlOf(name) !== origin))
      return void refuse('403 Forbidden');
    const opened = await previews.openPort(shown.sessionId, shown.port, shown.userId);
    if (!opened.ok) return void refuse('503 Service Unavailable');
    const { stream } = opened;
    const lines = Object.entries(requestHeaders(request.headers, shown.port, true)).flatMap(([key, value]) =>
      [value].flat().map(one => `${key}: ${String(one)}`),
    );
    stream.write(`${request.method} ${request.url} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
    if (head.length > 0) stream.write(head);
    socket.on('data', opened.looked);
    join(socket, stream);
  };

  return {
    /** Apps keep connections open for as long as they are let. */
    close(): void {
      for (const one of open) one.destroy();
    },
    /** True: the request is of a preview, and is answered here. */
    takes(request: IncomingMessage, response: ServerResponse): boolean {
      const name = nameOf(request);
      if (name === null) return false;
      track(response);
      serve(name, request, response).catch(error => {
        deps.log.warn({ err: error }, 'a preview failed');
        if (response.headersSent) response.destroy();
        else say(response, 500, 'The preview failed; the server’s log says more.');
      });
      return true;
    },
    takesUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean {
      const name = nameOf(request);
      if (name === null) return false;
      upgrade(name, request, socket, head).catch(() => socket.destroy());
      return true;
    },
  };
}

function say(response: ServerResponse, status: number, text: string, againSeconds?: number): void {
  const again = againSeconds === undefined ? '' : `<meta http-equiv="refresh" content="${againSeconds}">`;
  response
    .writeHead(status, {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
    })
    .end(
      `<!doctype html>${again}<title>Preview</title><body style="font:16px system-ui;margin:3rem">${text}`,
    );
}
