import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { sendJson, textOf } from './github/wire.ts';

/** The batch API of Git LFS beside repositories over HTTP, with basic transfers. */
export type LfsEmulator = {
  /** By SHA-256. */
  objects: Map<string, Buffer>;
  /** What was asked of the batch API, and with what. */
  asked: { repo: string; operation: string; oids: string[]; authorization: string | undefined }[];
  /** What was given out or taken, `GET oid` or `PUT oid`, with its authorization. */
  moved: { what: string; authorization: string | undefined }[];
  /** Content that is given for other content than was asked for, by id. */
  instead: Map<string, Buffer>;
  /** Every question is answered with this. */
  broken: number | null;
  /** Content is to be had from this host, where it is another one. */
  elsewhere: string | null;
  add(content: Buffer | string): { oid: string; pointer: string };
  /** `may`: whether who asks may do that; everybody where absent. */
  handle(
    request: IncomingMessage,
    response: ServerResponse,
    may?: (operation: 'read' | 'write') => boolean,
  ): boolean;
};

const type = 'application/vnd.git-lfs+json';

export function createLfs(): LfsEmulator {
  const tickets = new Set<string>();
  const lfs: LfsEmulator = {
    objects: new Map(),
    asked: [],
    moved: [],
    instead: new Map(),
    broken: null,
    elsewhere: null,
    add(content) {
      const bytes = Buffer.from(content);
      const oid = createHash('sha256').update(bytes).digest('hex');
      lfs.objects.set(oid, bytes);
      return {
        oid,
        pointer: `version https://git-lfs.github.com/spec/v1\noid sha256:${oid}\nsize ${bytes.length}\n`,
      };
    },
    handle(request, response, may = () => true) {
      const { pathname } = new URL(request.url ?? '/', 'http://lfs');
      const repo = /^\/(.+)\.git\/info\/lfs\/objects\/batch$/.exec(pathname)?.[1];
      const oid = /^\/lfs-store\/([0-9a-f]{64})$/.exec(pathname)?.[1];
      if (repo !== undefined) void batch(request, response, { repo, may });
      else if (oid !== undefined) void move(request, response, oid);
      else return false;
      return true;
    },
  };

  async function batch(
    request: IncomingMessage,
    response: ServerResponse,
    { repo, may }: { repo: string; may: (operation: 'read' | 'write') => boolean },
  ): Promise<void> {
    const body = JSON.parse(await textOf(request)) as {
      operation: 'download' | 'upload';
      objects: { oid: string; size: number }[];
    };
    const { authorization, host } = request.headers;
    lfs.asked.push({
      repo,
      operation: body.operation,
      oids: body.objects.map(({ oid }) => oid),
      authorization,
    });
    if (lfs.broken !== null)
      return sendJson(response, lfs.broken, { message: 'broken' }, { 'content-type': type });
    if (!may(body.operation === 'upload' ? 'write' : 'read'))
      return sendJson(response, 401, { message: 'Credentials needed' }, { 'content-type': type });
    const ticket = crypto.randomUUID();
    tickets.add(`Ticket ${ticket}`);
    const action = (oid: string) => ({
      href: `${lfs.elsewhere ?? `http://${host}`}/lfs-store/${oid}`,
      header: { Authorization: `Ticket ${ticket}` },
    });
    const objects = body.objects.map(({ oid, size }) => {
      const isThere = lfs.objects.has(oid);
      if (body.operation === 'download')
        return isThere
          ? { oid, size, actions: { download: action(oid) } }
          : { oid, size, error: { code: 404, message: 'Object does not exist' } };
      return isThere ? { oid, size } : { oid, size, actions: { upload: action(oid), verify: action(oid) } };
    });
    sendJson(response, 200, { transfer: 'basic', objects }, { 'content-type': type });
  }

  async function move(request: IncomingMessage, response: ServerResponse, oid: string): Promise<void> {
    const { authorization } = request.headers;
    lfs.moved.push({ what: `${request.method} ${oid}`, authorization });
    if (!tickets.has(authorization ?? '')) return void response.writeHead(403).end();
    if (request.method === 'GET') {
      const content = lfs.instead.get(oid) ?? lfs.objects.get(oid);
      return void (content ? response.writeHead(200).end(content) : response.writeHead(404).end());
    }
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    if (request.method === 'POST') return void response.writeHead(lfs.objects.has(oid) ? 200 : 404).end();
    const content = Buffer.concat(chunks);
    const isIt = createHash('sha256').update(content).digest('hex') === oid;
    if (isIt) lfs.objects.set(oid, content);
    response.writeHead(isIt ? 200 : 422).end();
  }
  return lfs;
}
