import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createSecure } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { promisify } from 'node:util';

/** What a registry answers to a path; null: it has no such thing. */
export type Registry = (path: string, request: IncomingMessage) => Promise<Answer | null> | Answer | null;
export type Answer = { body: string | Buffer; type?: string };

/** No domain of anybody's (RFC 2606), so that a name which got out would lead nowhere. */
export const registryDomain = 'registry.test';

export type Company = {
  /** Address of its proxy, on loopback. */
  proxy: string;
  /** The authority that signs its registries' certificates, PEM. */
  certificate: string;
  /** What was asked for: `npm.registry.test/tiny`. */
  asked: string[];
  close(): Promise<void>;
};

/**
 * A company's network as sandboxes see it: its proxy, which opens TLS with certificates of the company's own, and behind
 * it registries of packages by the first word of their host. Nothing leads further.
 */
export async function startCompany(registries: Record<string, Registry>): Promise<Company> {
  const { key, cert, certificate } = await certificates();
  const asked: string[] = [];
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const url = new URL(request.url ?? '/', `http://${request.headers.host}`);
    const path = decodeURIComponent(url.pathname);
    asked.push(`${url.hostname}${path}`);
    const suffix = `.${registryDomain}`;
    const name = url.hostname.endsWith(suffix) ? url.hostname.slice(0, -suffix.length) : '';
    const found = Object.hasOwn(registries, name) ? await registries[name]?.(path, request) : null;
    if (!found) return void response.writeHead(404, { 'content-type': 'text/plain' }).end('not here\n');
    response.writeHead(200, { 'content-type': found.type ?? 'application/octet-stream' }).end(found.body);
  };
  const listener = (request: IncomingMessage, response: ServerResponse) =>
    void answer(request, response).catch(error => response.destroy(error));
  const secure = createSecure({ key, cert }, listener);
  const proxy = createServer(listener);
  proxy.on('connect', (_: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => {});
    socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
    if (head.length > 0) socket.unshift(head);
    secure.emit('connection', socket);
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const { port } = proxy.address() as AddressInfo;
  return {
    proxy: `http://127.0.0.1:${port}`,
    certificate,
    asked,
    close: async () => {
      secure.closeAllConnections();
      proxy.closeAllConnections();
      proxy.close();
      await once(proxy, 'close');
    },
  };
}

async function certificates(): Promise<{ key: string; cert: string; certificate: string }> {
  const dir = await mkdtemp(join(tmpdir(), 'deckhand-company-'));
  const at = (name: string) => join(dir, name);
  const openssl = (...args: string[]) => promisify(execFile)('openssl', args, { cwd: dir });
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  try {
    const authority = ['-addext', 'keyUsage=critical,keyCertSign', '-keyout', 'ca.key', '-out', 'ca.crt'];
    await openssl('req', '-x509', ...newKey, '-days', '2', '-subj', '/CN=Test Company', ...authority);
    await openssl(
      'req',
      ...newKey,
      '-subj',
      `/CN=${registryDomain}`,
      '-keyout',
      'own.key',
      '-out',
      'own.csr',
    );
    await writeFile(at('names'), `subjectAltName=DNS:*.${registryDomain}\n`);
    const signed = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-extfile', 'names'];
    await openssl('x509', '-req', '-in', 'own.csr', '-days', '2', ...signed, '-out', 'own.crt');
    const [key, cert, certificate] = await Promise.all(
      ['own.key', 'own.crt', 'ca.crt'].map(name => readFile(at(name), 'utf8')),
    );
    return { key: key ?? '', cert: cert ?? '', certificate: certificate ?? '' };
  } finally {
    await rm(dir, { recursive: true });
  }
}
