import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { RequestHandler } from 'express';
import expressStaticGzip from 'express-static-gzip';
import { messageHtml } from './messagePage.ts';

/** The built web page: hashed assets for good, as small as the browser takes them; every other path is the page itself. */
export function pageRouter(webDir: () => string | null): RequestHandler {
  const assetsOf = new Map<string, RequestHandler>();
  return (request, response, next) => {
    const dir = webDir();
    if (request.method !== 'GET' && request.method !== 'HEAD') next();
    else if (!dir || !existsSync(join(dir, 'index.html')))
      response.status(503).set('Retry-After', '2').type('html').send(building);
    else
      assets(assetsOf, dir)(request, response, () => {
        if (request.path.startsWith('/assets/')) response.status(404).type('text').send('Not found');
        else response.set('Cache-Control', 'no-store').sendFile('index.html', { root: dir });
      });
  };
}

/** Looks once which files of a build are compressed: it is whole and never changes. */
function assets(known: Map<string, RequestHandler>, dir: string): RequestHandler {
  const made =
    known.get(dir) ??
    expressStaticGzip(dir, {
      enableBrotli: true,
      index: false,
      orderPreference: ['br', 'gz'],
      serveStatic: { maxAge: '1y', immutable: true },
    });
  known.set(dir, made);
  return made;
}

const building = messageHtml({
  title: 'Building the page',
  head: '<meta http-equiv="refresh" content="2">',
  body: '<p>It opens by itself in a moment.</p>',
});
