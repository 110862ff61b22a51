import { failure } from '@deckhand/shared';
import express, { type Express, type RequestHandler } from 'express';
import helmet from 'helmet';
import type { Logger } from 'pino';
import { answerFailure } from './answers.ts';
import { httpErrors } from './api.ts';

export type HttpOptions = {
  /** Host headers that are ours; anything else is a page that points its own name at us. */
  hosts: () => ReadonlySet<string>;
  /** What stands behind this door, first come first served. Each names its paths whole. */
  routers: readonly RequestHandler[];
  log: Logger;
};

/** What browsers let pages of ours do, and others do with them. The sidebar is let in by its own door. */
const headers = helmet({
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      'default-src': ["'self'"],
      'img-src': ["'self'", 'data:', 'blob:'],
      'style-src': ["'self'", "'unsafe-inline'"],
      'connect-src': ["'self'", 'ws:', 'wss:'],
      'frame-ancestors': ["'none'"],
      'base-uri': ["'none'"],
      'form-action': ["'self'"],
    },
  },
  // Other names below ours are the company's, and may not be on TLS.
  strictTransportSecurity: { includeSubDomains: false },
});

export function createHttpApp({ hosts, routers, log }: HttpOptions): Express {
  const app = express();
  app.use(headers, (request, response, next) => {
    const { host } = request.headers;
    if (host && !hosts().has(host.replace(/:\d+$/, '').toLowerCase()))
      return answerFailure(
        response,
        failure('bad_request', `This server is not called ${host}. Set DECKHAND_PUBLIC_URL.`),
      );
    next();
  });
  for (const router of routers) app.use(router);
  app.use(httpErrors(log));
  return app;
}
