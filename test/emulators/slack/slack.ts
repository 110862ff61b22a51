import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import express, { type Request, type Response } from 'express';
import { WebSocketServer } from 'ws';
import { patienceMs } from '../../support/patience.ts';
import { Deliverer } from './deliver.ts';
import { Limiter } from './limits.ts';
import { type Args, methodsOf } from './methods.ts';
import { PeopleActions } from './people.ts';
import { type SlackMessage, Workspace } from './workspace.ts';

export const botToken = 'xoxb-emulated-5f0c1e7a9b3d';
export const appToken = 'xapp-emulated-5f0c1e7a9b3d';
export const configToken = 'xoxe.xoxp-emulated-5f0c1e7a';
export const allScopes =
  'app_mentions:read,assistant:write,channels:history,channels:read,chat:write,commands,files:read,files:write,groups:history,groups:read,im:history,im:read,im:write,reactions:write,users:read';

/** How calls of one method go wrong. `lost`: it is done and nobody is told. */
export type SlackFault = { error: string } | { retryAfter: number } | { lost: true } | { status: number };

export type SlackCall = { method: string; args: Args; atMs: number; answer: string };

export type EmulatedSlack = {
  /** For SLACK_API_URL. */
  apiUrl: string;
  url: string;
  workspace: Workspace;
  people: PeopleActions;
  deliverer: Deliverer;
  calls: SlackCall[];
  limiter: Limiter | null;
  scopes: string;
  /** The next so many calls of a method go wrong. */
  fault(method: string, fault: SlackFault, times?: number): void;
  /** Every call is cut off until it is set back. */
  down: boolean;
  /** Resolves once what is looked for is there; looks after each call. */
  until<T>(look: () => T | undefined | null | false, what: string): Promise<T>;
  close(): Promise<void>;
};

/** An emulated Slack: Web API, Events API and Socket Mode over real HTTP and WebSockets. */
export async function startSlack(options: { limits?: boolean } = {}): Promise<EmulatedSlack> {
  const workspace = new Workspace();
  const deliverer = new Deliverer();
  const address = () => slack.url;
  const people = new PeopleActions(workspace, deliverer, address);
  const methods = methodsOf(workspace, address);
  const faults = new Map<string, SlackFault[]>();
  const looks = new Set<() => void>();
  const lookAll = () => {
    for (const look of looks) look();
  };

  const app = express();
  app.use('/upload/:id', express.raw({ type: () => true, limit: '30mb' }));
  app.post('/upload/:id', async (request, response) => {
    const kept = workspace.files.get(String(request.params.id));
    const type = request.headers['content-type'] ?? '';
    const body = new Uint8Array(request.body as Buffer);
    const form = type.startsWith('multipart/')
      ? await new Response_(body, { headers: { 'content-type': type } }).formData()
      : null;
    const part = form ? [...form.values()].find(value => typeof value !== 'string') : null;
    if (kept) kept.content = part ? Buffer.from(await (part as Blob).arrayBuffer()) : Buffer.from(body);
    response.send('OK');
    lookAll();
  });
  app.get('/files/:id/:name', (request, response) => {
    const kept = workspace.files.get(request.params.id);
    if (request.headers.authorization !== `Bearer ${botToken}`)
      return void response.type('html').send('Sign in');
    if (!kept) return void response.status(404).end();
    response.type(kept.file.mimetype || 'application/octet-stream').send(kept.content);
  });
  app.post('/response/:user', express.json(), (request, response) => {
    people.responses.push({ user: request.params.user, text: String((request.body as Args).text) });
    response.send('ok');
    lookAll();
  });
  app.post('/api/:method', express.urlencoded({ extended: false, limit: '2mb' }), express.json(), call);

  function call(request: Request, response: Response): unknown {
    const method = String(request.params.method);
    const args = parsed(request.body as Record<string, string>);
    const entry: SlackCall = { method, args, atMs: Date.now(), answer: '' };
    slack.calls.push(entry);
    const answer = (body: object, status = 200, headers: Record<string, string> = {}) => {
      entry.answer = String((body as { error?: string }).error ?? 'ok');
      response
        .status(status)
        .set({ 'x-oauth-scopes': slack.scopes, ...headers })
        .json(body);
      lookAll();
    };
    if (slack.down) {
      entry.answer = 'cut';
      request.socket.destroy();
      return lookAll();
    }
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
    const owned: Record<string, string> = {
      'apps.connections.open': appToken,
      'apps.manifest.export': configToken,
    };
    const wanted = owned[method] ?? botToken;
    if (token !== wanted) return answer({ ok: false, error: 'invalid_auth' });
    const fault = faults.get(method)?.shift();
    if (fault && 'retryAfter' in fault)
      return answer({ ok: false, error: 'ratelimited' }, 429, { 'retry-after': String(fault.retryAfter) });
    if (fault && 'status' in fault) return answer({ ok: false, error: 'internal_error' }, fault.status);
    if (fault && 'error' in fault) return answer({ ok: false, error: fault.error });
    const wait = slack.limiter?.check(method, typeof args.channel === 'string' ? args.channel : null) ?? null;
    if (wait !== null)
      return answer({ ok: false, error: 'ratelimited' }, 429, { 'retry-after': String(wait) });
    if (method === 'apps.connections.open')
      return answer({ ok: true, url: `${slack.url.replace('http', 'ws')}/socket?ticket=1` });
    const run = methods[method];
    const done = run ? run(args) : { ok: false, error: 'unknown_method' };
    if (fault) {
      entry.answer = 'lost';
      request.socket.destroy();
      return lookAll();
    }
    answer(done);
  }

  const server = createServer(app);
  const sockets = new WebSocketServer({ server, path: '/socket' });
  sockets.on('connection', socket => {
    deliverer.sockets.add(socket);
    socket.on('close', () => deliverer.sockets.delete(socket));
    socket.on('message', data => {
      const { envelope_id } = JSON.parse(String(data)) as { envelope_id?: string };
      if (envelope_id) deliverer.acknowledged(envelope_id);
    });
    const alive = setInterval(() => socket.ping(), 5_000);
    socket.on('close', () => clearInterval(alive));
    socket.send(
      JSON.stringify({
        type: 'hello',
        num_connections: deliverer.sockets.size,
        connection_info: { app_id: 'A0DECK' },
      }),
    );
    lookAll();
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  const slack: EmulatedSlack = {
    apiUrl: `${url}/api/`,
    url,
    workspace,
    people,
    deliverer,
    calls: [],
    limiter: options.limits ? new Limiter() : null,
    scopes: allScopes,
    fault(method, fault, times = 1) {
      faults.set(method, [...(faults.get(method) ?? []), ...Array.from({ length: times }, () => fault)]);
    },
    down: false,
    until(look, what) {
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          looks.delete(attempt);
          reject(new Error(`waited for ${what}; in Slack stands:\n${transcript(workspace.messages)}`));
        }, patienceMs);
        const attempt = () => {
          const found = look();
          if (!found) return;
          looks.delete(attempt);
          clearTimeout(timer);
          resolve(found);
        };
        looks.add(attempt);
        attempt();
      });
    },
    async close() {
      for (const socket of deliverer.sockets) socket.terminate();
      sockets.close();
      server.closeAllConnections();
      await new Promise(resolve => server.close(resolve));
    },
  };
  return slack;
}

/** The global one; Express has a Response of its own. */
const Response_ = globalThis.Response;

const jsonArgs = new Set(['blocks', 'chunks', 'metadata', 'view', 'files', 'prompts', 'channels']);

/** Forms carry everything that is no text as JSON. */
function parsed(body: Record<string, string> | undefined): Args {
  const entries = Object.entries(body ?? {}).map(([key, value]) => [
    key,
    jsonArgs.has(key) && typeof value === 'string' ? (JSON.parse(value) as unknown) : value,
  ]);
  return Object.fromEntries(entries) as Args;
}

export const transcript = (messages: readonly SlackMessage[]) =>
  messages
    .map(({ user, text, thread_ts, ephemeralFor, deleted }) =>
      [
        deleted ? 'deleted' : '',
        thread_ts ? '  ' : '',
        ephemeralFor ? `(to ${ephemeralFor})` : '',
        user,
        text.slice(0, 160),
      ].join(' '),
    )
    .join('\n');
