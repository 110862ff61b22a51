import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, test } from '@jest/globals';
import { serveOpenProxy } from '../hands/open-proxy.ts';
import { egressToken } from './token.ts';

const secret = 'a secret of this test';
const token = egressToken(secret, 'sbx_test');

// A process of its own, as in service: what is told here is told while the asker still writes.
const program = `
import { egressProxy } from '${new URL('proxy.ts', import.meta.url).href}';
const rules = { ports: new Set([80]) };
egressProxy({ secret: '${secret}', rules, log: () => {} }).listen(process.argv[1], () => process.send('up'));
`;

test('a refusal is read to its end, however soon it comes and whatever is still sent', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'refusals-'));
  const socket = join(dir, 'proxy.sock');
  const egress = fork('-', [], {
    execArgv: ['--input-type=module', '--eval', program, '--', socket],
  });
  await once(egress, 'message');
  const open = serveOpenProxy({ proxy: `http://sbx_test:${token}@127.0.0.1:3128`, socket, port: 0 });
  await once(open, 'listening');
  const { port } = open.address() as AddressInfo;
  const ask = async (method: string, bytes: number): Promise<string> => {
    const client = connect(port, '127.0.0.1');
    client.setTimeout(10_000, () => client.destroy(new Error('nothing is said any more')));
    client.write(`${method} http://10.0.0.1/ HTTP/1.1\r\nHost: 10.0.0.1\r\nContent-Length: ${bytes}\r\n\r\n`);
    client.write(Buffer.alloc(bytes));
    return text(client);
  };
  try {
    for (const [method, bytes, times] of [
      ['GET', 0, 600],
      ['POST', 1024 * 1024, 100],
    ] as const)
      for (let i = 0; i < times; i += 4) {
        const said = await Promise.all(Array.from({ length: 4 }, () => ask(method, bytes)));
        for (const answer of said)
          expect(answer).toMatch(/^HTTP\/1.1 403[\s\S]*10\.0\.0\.1 is a private address/);
      }
  } finally {
    open.close();
    egress.kill();
    await once(egress, 'exit');
    rmSync(dir, { recursive: true });
  }
});
