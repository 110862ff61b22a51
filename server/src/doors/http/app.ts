import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { failure } from '@deckhand/shared';
import express, { type Express } from 'express';
import { type WebhookDeps, webhookRouter } from '../webhooks/github.ts';
import { slackDoor } from '../webhooks/slack.ts';
import { type AccountLinkDeps, accountLinkRouter } from './accountLink.ts';
import { answerFailure } from './answers.ts';
import { apiRouter, httpErrors } from './api.ts';
import { sendExport } from './export.ts';
import { extensionErrorRouter } from './extension/errors.ts';
import { type ExtensionFileDeps, extensionCors, extensionFileRouter } from './extension/files.ts';
import { type ExtensionSignInDeps, extensionSignInRouter } from './extension/signIn.ts';
import { fileRouter } from './files.ts';
import { type FollowDeps, followEvents, wantsStream } from './follow.ts';
import { schemaRouter } from './schemas.ts';
import { type ScreenshotDeps, screenshotRouter } from './screenshots.ts';
import { type SetupDeps, setupRouter } from './setup.ts';
import { type SignInDeps, signInRouter } from './signIn.ts';
import { type StatsDeps, statsRouter } from './stats.ts';

export type HttpDeps = FollowDeps &
  ScreenshotDeps &
  WebhookDeps &
  StatsDeps &
  SetupDeps &
  SignInDeps &
  AccountLinkDeps &
  ExtensionFileDeps &
  ExtensionSignInDeps & {
    slackPort: () => number | null;
    webDir: () => string | null;
    isReady: () => boolean;
    /** Host headers that are ours; anything else is a page that points its own name at us. */
    hosts: () => ReadonlySet<string>;
  };

const csp =
  "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; connect-src 'self' ws: wss:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";

export function createHttpApp(deps: HttpDeps): Express {
  const app = express();
  app.disable('x-powered-by');
  app.use((request, response, next) => {
    const { host } = request.headers;
    if (host && !deps.hosts().has(host.replace(/:\d+$/, '').toLowerCase()))
      return answerFailure(
        response,
        failure('bad_request', `This server is not called ${host}. Set DECKHAND_PUBLIC_URL.`),
      );
    response.set({
      'Content-Security-Policy': csp,
      'X-Content-Type-Options': 'nosniff',
      'Referrer-Policy': 'no-referrer',
    });
    next();
  });
  app.post('/slack/events', slackDoor(deps.slackPort));
  app.use('/api', extensionCors(deps));
  app.get('/healthz', (_, response) => void response.json({ ok: true }));
  app.get(
    '/readyz',
    (_, response) => void response.status(deps.isReady() ? 200 : 503).json({ ok: deps.isReady() }),
  );
  app.get('/metrics', async (_, response) => {
    response.type(deps.metrics.registry.contentType).send(await deps.metrics.registry.metrics());
  });
  app.get('/api/sessions/:sessionId/events', (request, response, next) => {
    if (!wantsStream(request)) return next();
    return followEvents(deps, request, response);
  });
  app.get('/api/sessions/:sessionId/export', (request, response) => sendExport(deps, request, response));
  app.use(extensionSignInRouter(deps));
  app.use('/api', webhookRouter(deps));
  app.use('/api', fileRouter(deps));
  app.use('/api', statsRouter(deps));
  app.use('/api', screenshotRouter(deps));
  app.use('/api', extensionErrorRouter(deps));
  app.use('/api', apiRouter(deps));
  app.use('/api', (_, response) =>
    answerFailure(response, failure('not_found', 'There is no such endpoint.')),
  );
  app.use(schemaRouter());
  app.use(signInRouter(deps));
  app.use(accountLinkRouter(deps));
  app.use(setupRouter(deps));
  app.use(extensionFileRouter(deps));
  app.use(pages(deps.webDir));
  app.use(httpErrors(deps));
  return app;
}

/** The built web page: hashed assets for good, every other path is the page itself. */
const pages =
  (webDir: () => string | null): express.RequestHandler =>
  (request, response, next) => {
    const dir = webDir();
    if (request.method !== 'GET' && request.method !== 'HEAD') next();
    else if (!dir || !existsSync(join(dir, 'index.html')))
      response.status(503).set('Retry-After', '2').type('html').send(building);
    else
      express.static(dir, { maxAge: '1y', immutable: true, index: false })(request, response, () => {
        if (request.path.startsWith('/assets/')) response.status(404).type('text').send('Not found');
        else response.set('Cache-Control', 'no-store').sendFile('index.html', { root: dir });
      });
  };

const building =
  '<!doctype html><meta http-equiv="refresh" content="2"><title>Deckhand</title><body style="font:16px system-ui;margin:3rem">Building the page. It opens by itself in a moment.';
