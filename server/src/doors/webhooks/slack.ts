import { request as httpRequest } from 'node:http';
import { errorTable } from '@deckhand/shared';
import { type Request, type RequestHandler, type Response, Router } from 'express';
import { boundedBodies } from './boundedBody.ts';

const mib = 1024 * 1024;
/** What Slack sends is some 10 KiB; a form of many fields, some 300. At most 20 MiB are held at once. */
const places = { small: { places: 64, bytes: mib / 8 }, large: { places: 6, bytes: 2 * mib } };

/** Where Slack calls this server. */
export function slackRouter(port: () => number | null): Router {
  const router = Router();
  router.post('/slack/events', slackDoor(port));
  return router;
}

/**
 * Slack calls this server; the bot, which checks the signature of the bytes as they came, listens on loopback. It
 * answers at once, whatever the server is doing. The bot's own receiver knows no bound: nothing larger comes through here.
 */
function slackDoor(port: () => number | null): RequestHandler {
  const bodies = boundedBodies(places);
  return (request, response, next) => {
    const to = port();
    if (to === null)
      return void response.status(404).type('text').send('The Slack bot is not listening here.');
    void bodies
      .read(request, body => passOn({ to, body }, request, response))
      .then(passed => {
        if (!passed.ok)
          response
            .set('Connection', 'close')
            .status(errorTable[passed.code].status)
            .type('text')
            .send(passed.message);
      })
      .catch(next);
  };
}

/** Resolves when the bot has answered, or cannot. */
function passOn(
  { to, body }: { to: number; body: Buffer },
  request: Request,
  response: Response,
): Promise<void> {
  const { host: _, connection: __, 'transfer-encoding': ___, ...headers } = request.headers;
  const length = String(body.length);
  return new Promise(resolve => {
    const inner = httpRequest(
      {
        host: '127.0.0.1',
        port: to,
        path: '/slack/events',
        method: 'POST',
        headers: { ...headers, 'content-length': length },
      },
      answer => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
        resolve();
      },
    );
    inner.on('error', () => {
      // Slack sends it again.
      if (!response.headersSent) response.status(503).end();
      else response.destroy();
      resolve();
    });
    inner.end(body);
  });
}
