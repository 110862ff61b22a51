import type { Server } from 'node:http';

/** What Slack sends is some 10 KiB; a form of many fields, some 300. */
export const mostBodyBytes = 2 * 1024 * 1024;

/**
 * Bolt's receiver collects whatever comes before it looks at the signature. In front of it: who does not say how much it
 * sends (Slack does), or says too much, is not listened to.
 */
export function boundBodies(server: Server): void {
  const receivers = server.listeners('request');
  server.removeAllListeners('request');
  server.on('request', (request, response) => {
    const { 'content-length': length, 'transfer-encoding': pieces } = request.headers;
    const refusal = pieces !== undefined ? 411 : Number(length ?? 0) > mostBodyBytes ? 413 : null;
    if (refusal !== null) return void response.writeHead(refusal, { connection: 'close' }).end();
    for (const receive of receivers) receive.call(server, request, response);
  });
}
