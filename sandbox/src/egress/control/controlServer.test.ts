import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openRules, RulesBook } from '../rules/rulesBook.ts';
import { type Control, controlServer } from './controlServer.ts';
import { type CountedDecision, FromProxy, type ToProxy } from './protocol.ts';

let dir: string;
let path: string;
let control: Control;
const book = new RulesBook({ required: true, waitMs: 1 });
const errors: unknown[] = [];

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'egress-control-'));
  path = join(dir, 'control.sock');
  control = controlServer(book, error => errors.push(error));
  control.server.listen(path);
  await once(control.server, 'listening');
});
afterAll(async () => {
  control.server.close();
  await rm(dir, { recursive: true });
});

/** A server of the deployment: what it hears, one message after the other. */
async function joined(): Promise<{
  socket: Socket;
  tell: (message: ToProxy) => void;
  next: <T extends FromProxy['type']>(type: T) => Promise<Extract<FromProxy, { type: T }>>;
}> {
  const socket = connect(path);
  const lines = createInterface({ input: socket })[Symbol.asyncIterator]();
  await once(socket, 'connect');
  return {
    socket,
    tell: message => void socket.write(`${JSON.stringify(message)}\n`),
    async next<T extends FromProxy['type']>(type: T) {
      for (;;) {
        const { value, done } = await lines.next();
        if (done) throw new Error('it ended');
        const message = FromProxy.parse(JSON.parse(value));
        if (message.type === type) return message as Extract<FromProxy, { type: T }>;
      }
    },
  };
}

const refused = (host: string) =>
  control.report({ sandboxId: 'sbx_test', host, port: 443, outcome: 'refused', ask: { kind: 'host' } });

test('rules count once it says so; a word that nobody understands is told without what it said', async () => {
  const server = await joined();
  await server.next('hello');
  server.tell({ type: 'rules', rules: { ...openRules('sbx_test'), revision: 3 } });
  expect(await server.next('taken')).toMatchObject({ sandboxId: 'sbx_test', revision: 3 });
  expect(book.now('sbx_test')?.revision).toBe(3);
  server.socket.write('{"type":"rules","rules":{"value":"a secret"}}\n');
  server.tell({ type: 'rules', rules: { ...openRules('build-1'), revision: 4 } });
  await server.next('taken');
  expect(errors.map(String).join()).not.toContain('a secret');
  expect(errors).toHaveLength(1);
  // What another server builds is in no record that this one knows.
  server.tell({ type: 'keep', sandboxIds: [], revision: 9 });
  server.tell({ type: 'rules', rules: { ...openRules('sbx_new'), revision: 10 } });
  await server.next('taken');
  expect([book.now('sbx_test'), book.now('build-1')?.revision, book.now('sbx_new')?.revision]).toEqual([
    null,
    4,
    10,
  ]);
  server.socket.destroy();
});

test('a flood is counted, not listed; what one server did not note is told to another', async () => {
  const first = await joined();
  for (let i = 0; i < 500; i++) refused(`h${i}.example`);
  refused('h0.example');
  const batch = await first.next('decisions');
  const at = (host: string): CountedDecision | undefined => batch.decisions.find(each => each.host === host);
  expect(batch.decisions).toHaveLength(65);
  expect(at('h0.example')?.count).toBe(2);
  expect(at('*')).toMatchObject({ count: 500 - 64, outcome: 'refused' });
  expect(at('*')).not.toHaveProperty('ask');
  first.socket.destroy();
  await once(first.socket, 'close');
  const second = await joined();
  const again = await second.next('decisions');
  expect(again).toEqual(batch);
  second.tell({ type: 'noted', batchId: again.batchId });
  refused('later.example');
  const later = await second.next('decisions');
  expect(later.batchId).not.toBe(batch.batchId);
  expect(later.decisions.map(({ host }) => host)).toEqual(['later.example']);
  second.socket.destroy();
});
