import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from '@jest/globals';
import Docker from 'dockerode';
import { engineFailure } from './errors.ts';
import { execStream } from './exec.ts';

test('an engine that never says whether a process started is given up, and nothing stays open', async () => {
  const closed = Promise.withResolvers<void>();
  const engine = createServer((request, response) => {
    if (request.url?.endsWith('/start')) request.socket.once('close', () => closed.resolve());
    else response.writeHead(201, { 'content-type': 'application/json' }).end('{"Id":"e1"}');
  });
  await new Promise<void>(resolve => engine.listen(0, '127.0.0.1', resolve));
  const { port } = engine.address() as AddressInfo;
  const docker = new Docker({ host: '127.0.0.1', port, protocol: 'http' });
  const started = execStream(docker.getContainer('gone'), ['true'], undefined, 20);
  expect(engineFailure(await started.catch(error => error))).toMatchObject({ code: 'engine_down' });
  await closed.promise;
  await new Promise(resolve => engine.close(resolve));
});
