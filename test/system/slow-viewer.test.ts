import { connect, type Socket } from 'node:net';
import { PROTOCOL } from '@deckhand/shared';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { bash } from '../emulators/model/index.ts';
import { checkLog, readLog } from '../support/invariants.ts';
import { openStream } from '../support/sse.ts';
import { openStack, type Stack } from '../support/stack.ts';
import { watch } from '../support/watch.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await openStack({ DECKHAND_MODEL_RETRIES: '40', DECKHAND_MODEL_RETRY_MS: '1' });
});
afterAll(() => stack.dispose());

const MiB = 1024 * 1024;

async function metric(name: string): Promise<number> {
  const text = await (await fetch(`${stack.server.url}/metrics`)).text();
  return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1] ?? Number.NaN);
}

/** A Socket.IO viewer by hand that opens a session and never reads again. */
async function deafViewer(sessionId: string): Promise<Socket> {
  const { hostname, port } = new URL(stack.server.url);
  const socket = connect(Number(port), hostname);
  socket.setEncoding('latin1');
  const key = Buffer.from(crypto.randomUUID().slice(0, 16)).toString('base64');
  socket.write(
    `GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: ${hostname}:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: ${key}\r\nSec-WebSocket-Version: 13\r\n\r\n`,
  );
  let seen = '';
  const until = (wanted: string) =>
    new Promise<void>(resolve => {
      const look = (chunk: string) => {
        seen += chunk;
        if (!seen.includes(wanted)) return;
        socket.off('data', look);
        resolve();
      };
      socket.on('data', look);
    });
  await until('pingInterval');
  socket.write(textFrame(`40${JSON.stringify({ token: stack.server.token, protocol: PROTOCOL })}`));
  await until('40{"sid"');
  socket.write(textFrame(`421${JSON.stringify(['session.open', { sessionId }])}`));
  await until('"protocol":1');
  socket.pause();
  return socket;
}

/** A masked WebSocket text frame, as clients must send. */
function textFrame(text: string): Buffer {
  const payload = Buffer.from(text);
  const length =
    payload.length < 126
      ? Buffer.from([payload.length | 0x80])
      : Buffer.from([126 | 0x80, payload.length >> 8, payload.length & 255]);
  return Buffer.concat([Buffer.from([0x81]), length, Buffer.alloc(4), payload]);
}

test('viewers that stop reading are cut off, memory stays bounded, and they catch up later', async () => {
  const piece = `${'x'.repeat(99)}\n`.repeat(640);
  const words = Array.from({ length: 16 }, () => [piece, 10]).flat();
  // Each try says 1 MiB and breaks off: much to send, little to keep.
  const tries = Array.from({ length: 30 }, () => ({ fault: 'cut' as const, say: words }));
  stack.model.script('flood', [{ calls: [bash('sleep 1')] }, { faults: tries, say: 'Flooded.' }]);
  const session = await stack.ask('Flood #flood');
  await session.event('tool.started');
  const deaf = await Promise.all([1, 2, 3].map(() => deafViewer(session.sessionId)));
  const stream = await openStream(stack.server, session.sessionId);
  const gone = new Promise<void>(resolve => stream.once('close', resolve));
  stream.pause();
  stream.socket.pause();

  const beforeBytes = await metric('deckhand_process_resident_memory_bytes');
  let mostBytes = 0;
  const look = setInterval(async () => {
    mostBytes = Math.max(mostBytes, await metric('deckhand_process_resident_memory_bytes'));
  }, 200);
  expect((await session.finished()).data.outcome).toBe('done');
  clearInterval(look);
  // Three sockets and one stream did not read some 30 MiB each.
  expect(await metric('deckhand_slow_viewers_total')).toBe(4);
  expect(mostBytes - beforeBytes).toBeLessThan(160 * MiB);
  stream.socket.resume();
  stream.resume();
  await gone;
  for (const socket of deaf) socket.destroy();

  const log = await readLog(stack.client, session.sessionId);
  checkLog(log);
  const late = watch(stack.server.client(), session.sessionId, { after: 5 });
  await late.until(view => view.last === log.length, 'everything');
  expect(late.events).toEqual(log.slice(5));
});
