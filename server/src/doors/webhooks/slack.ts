import { request as httpRequest } from 'node:http';
import type { Request, Response } from 'express';

/**
 * Slack calls this server; the bot, which checks the signature of the bytes as they came, listens on loopback. It
 * answers at once, whatever the server is doing.
 */
export const slackDoor = (port: () => number | null) => (request: Request, response: Response) => {
  const to = port();
  if (to === null) return void response.status(404).type('text').send('The Slack bot is not listening here.');
  const { host: _, connection: __, ...headers } = request.headers;
  const inner = httpRequest(
    { host: '127.0.0.1', port: to, path: '/slack/events', method: 'POST', headers },
    answer => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    },
  );
  inner.on('error', () => {
    // Slack sends it again.
    if (!response.headersSent) response.status(503).end();
    else response.destroy();
  });
  request.pipe(inner);
};
