import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { type RequestHandler, type Response, Router } from 'express';
import { extensionOrigin } from './signIn.ts';

const kinds: Record<string, string> = {
  'updates.xml': 'application/xml',
  'deckhand.crx': 'application/x-chrome-extension',
  'deckhand.zip': 'application/zip',
  'linux-deckhand.json': 'application/json',
  'macos-deckhand.mobileconfig': 'application/x-apple-aspen-config',
  'windows-deckhand.reg': 'text/plain',
  'windows-deckhand.admx': 'application/xml',
  'windows-deckhand.adml': 'application/xml',
};

/**
 * What browsers install and update the sidebar from, and what administrators roll it out with. Nothing in it is
 * secret. `files`: the packed extension, made when it is first asked for; null while it cannot be had.
 */
export function extensionFileRouter(files: () => Promise<string | null>): Router {
  const router = Router();
  const send = async (response: Response, folder: string, name: string) => {
    const type = kinds[name];
    const dir = type === undefined ? null : await files();
    const path = dir && join(dir, folder, name);
    if (!path || type === undefined || !(await isThere(path))) {
      response
        .status(type === undefined ? 404 : 503)
        .set(type === undefined ? {} : { 'Retry-After': '10' })
        .type('text')
        .send('Not there (yet)');
      return;
    }
    response.set({ 'Content-Type': type, 'Cache-Control': 'no-cache' }).sendFile(path, { dotfiles: 'allow' });
  };
  router.get('/extension/:name', (request, response, next) => {
    if (!(request.params.name in kinds)) return next();
    return send(response, '.', request.params.name);
  });
  router.get('/extension/policies/:name', (request, response) =>
    send(response, 'policies', request.params.name),
  );
  return router;
}

const isThere = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  );

/** Lets the sidebar, and no other page or extension, read answers of the API. It sends its token, never a cookie. */
export function extensionCors(extensionId: string): RequestHandler {
  const origin = extensionOrigin(extensionId);
  return (request, response, next) => {
    if (!/^\/api(\/|$)/i.test(request.path)) return next();
    response.vary('Origin');
    if (request.headers.origin !== origin) return next();
    response.set({
      'Access-Control-Allow-Origin': origin,
      'Access-Control-Allow-Methods': 'GET, POST, PATCH, DELETE',
      'Access-Control-Allow-Headers': 'authorization, content-type',
      'Access-Control-Expose-Headers': 'content-disposition',
      'Access-Control-Max-Age': '600',
      'Cross-Origin-Resource-Policy': 'cross-origin',
    });
    if (request.method === 'OPTIONS') response.status(204).end();
    else next();
  };
}
