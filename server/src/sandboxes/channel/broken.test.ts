import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { receive } from '../untrusted/bounded.ts';
import { getOnce } from './get.ts';
import type { LinkKeeper } from './keeper.ts';
import { passOnce } from './pass.ts';

/** Of a sandbox that another server has by now. */
const taken = {
  ready: async () => ({ code: 'superseded', message: 'a newer connection took over' }),
} as unknown as LinkKeeper;

test('a stream that breaks before anybody reads it ends no server, and whoever reads it then learns why', async () => {
  const source = getOnce(taken, { path: '/work/repo/x' });
  const connection = passOnce(taken, 'tcp', { port: 80 });
  // As a server does that makes ready where it writes to.
  await sleep(20);
  expect([source.destroyed, connection.destroyed]).toEqual([true, true]);
  const path = join(tmpdir(), `deckhand-broken-${process.pid}`);
  const received = await receive(source, path, { what: 'The saved work', maxBytes: 10, timeoutMs: 1_000 });
  expect(received).toMatchObject({ ok: false, code: 'sandbox_lost' });
  expect(received.ok ? '' : received.message).toContain('a newer connection took over');
});
