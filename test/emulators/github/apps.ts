import type { IncomingMessage, ServerResponse } from 'node:http';
import { clientId, clientSecret } from './oauth.ts';
import { sendJson, textOf } from './wire.ts';

type Permissions = Record<string, string>;

export type Installation = {
  id: number;
  login: string;
  permissions: Permissions;
  suspended: boolean;
};

/** A GitHub App as its owner sees it, and the page where one is made from a manifest. */
export type Apps = {
  /** What it asks for; a test may take some away. */
  app: { permissions: Permissions; events: string[]; hookUrl: string | null };
  installations: Installation[];
  /** Manifests that were posted, with where. */
  manifests: { path: string; manifest: Record<string, unknown> }[];
  /** Secret of the webhooks of an App that was made here. */
  madeWebhookSecret: string;
  /** From now on its clock says this much more. */
  aheadMs: number;
};

export type AppsOptions = {
  appId: string;
  privateKey: string;
  isApp: (request: IncomingMessage) => boolean;
};

export function createApps({ appId, privateKey, isApp }: AppsOptions): Apps & {
  handle(request: IncomingMessage, response: ServerResponse): boolean;
} {
  const codes = new Set<string>();
  const apps: Apps = {
    app: { permissions: {}, events: [], hookUrl: null },
    installations: [],
    manifests: [],
    madeWebhookSecret: 'webhook-secret-of-the-made-app',
    aheadMs: 0,
  };
  const shown = () => ({
    id: Number(appId),
    slug: 'deckhand',
    name: 'Deckhand test',
    html_url: 'https://github.test/apps/deckhand-test',
    client_id: clientId,
    permissions: apps.app.permissions,
    events: apps.app.events,
  });

  /** The person at the page says yes to whatever was posted. */
  async function make(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    const form = new URLSearchParams(await textOf(request));
    const manifest = JSON.parse(form.get('manifest') ?? '{}') as Record<string, unknown>;
    apps.manifests.push({ path: url.pathname, manifest });
    apps.app.permissions = manifest.default_permissions as Permissions;
    apps.app.events = (manifest.default_events as string[] | undefined) ?? [];
    apps.app.hookUrl = (manifest.hook_attributes as { url: string } | undefined)?.url ?? null;
    const code = crypto.randomUUID().replaceAll('-', '');
    codes.add(code);
    const back = new URL(String(manifest.redirect_url));
    back.searchParams.set('code', code);
    back.searchParams.set('state', url.searchParams.get('state') ?? '');
    response.writeHead(302, { location: back.href }).end();
  }

  function convert(code: string, response: ServerResponse): void {
    // A code is good for one use.
    const isGood = codes.delete(code);
    if (!isGood) sendJson(response, 404, { message: 'Not Found' });
    else
      sendJson(response, 201, {
        ...shown(),
        client_secret: clientSecret,
        webhook_secret: apps.app.hookUrl === null ? null : apps.madeWebhookSecret,
        pem: privateKey,
      });
  }

  return Object.assign(apps, {
    handle(request: IncomingMessage, response: ServerResponse): boolean {
      const url = new URL(request.url ?? '/', 'http://github');
      const code = /^\/app-manifests\/([^/]+)\/conversions$/.exec(url.pathname)?.[1];
      if (request.method === 'POST' && code !== undefined) convert(code, response);
      else if (
        request.method === 'POST' &&
        /^(\/organizations\/[^/]+)?\/settings\/apps\/new$/.test(url.pathname)
      )
        void make(request, response, url);
      else if (request.method === 'GET' && /^\/app(\/installations|\/hook\/config)?$/.test(url.pathname)) {
        if (!isApp(request)) sendJson(response, 401, { message: 'A JSON web token could not be decoded' });
        else if (url.pathname === '/app') {
          const date = new Date(Date.now() + apps.aheadMs).toUTCString();
          sendJson(response, 200, shown(), { date });
        } else if (url.pathname === '/app/hook/config') hook(response);
        else list(response, url);
      } else return false;
      return true;
    },
  });

  function hook(response: ServerResponse): void {
    const { hookUrl } = apps.app;
    if (hookUrl === null) sendJson(response, 404, { message: 'Not Found' });
    else
      sendJson(response, 200, { url: hookUrl, content_type: 'json', insecure_ssl: '0', secret: '********' });
  }

  function list(response: ServerResponse, url: URL): void {
    const page = Number(url.searchParams.get('page') ?? 1);
    const size = Number(url.searchParams.get('per_page') ?? 30);
    const part = apps.installations.slice((page - 1) * size, page * size);
    const body = part.map(({ id, login, permissions, suspended }) => ({
      id,
      account: { login },
      permissions,
      suspended_at: suspended ? '2026-01-01T00:00:00Z' : null,
      html_url: `https://github.test/settings/installations/${id}`,
    }));
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  }
}
