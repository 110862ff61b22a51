import { Duplex } from 'node:stream';
import { encodeFrame, maxFrameBytes } from '@deckhand/sandbox/protocol';
import { expect, test } from '@jest/globals';
import { openLink } from './link.ts';
import { openHands } from './openHands.ts';

/** A false runtime: says what it likes. */
function falseHands(greet = true) {
  const bridge = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() });
  const say = (message: unknown) => void bridge.push(encodeFrame(message));
  if (greet) setImmediate(() => say({ t: 'welcome', protocol: 1, bootId: 'boot' }));
  return { bridge, say, raw: (bytes: Buffer) => void bridge.push(bytes) };
}

/** mulberry32: a failure names its seed. */
const randomOf = (seed: number) => () => {
  seed = (seed + 0x6d2b79f5) | 0;
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
};

const deep = (depth: number) => JSON.parse(`${'['.repeat(depth)}${']'.repeat(depth)}`) as unknown;

function message(random: () => number): unknown {
  const pick = <T>(from: T[]): T => from[Math.floor(random() * from.length)] as T;
  const odd = () =>
    pick<unknown>([
      'x',
      -1,
      0,
      1,
      1.5,
      2 ** 53,
      1e308,
      null,
      true,
      {},
      [],
      deep(500),
      { toString: 1, constructor: 2 },
    ]);
  const id = pick<unknown>([1, 2, 3, 1, 2, 3, 4, 99, -1, 0, 1.5, odd()]);
  return pick<() => unknown>([
    odd,
    () => ({
      t: pick(['ready', 'welcome', 'refused', 'data', 'credit', 'done', 'error', '__proto__']),
      id,
      value: odd(),
    }),
    () => ({
      t: 'data',
      id,
      data: pick<unknown>(['', 'AAAA', 'A'.repeat(80_000), odd()]),
      offset: pick<unknown>([0, 5, -5, odd()]),
    }),
    () => ({ t: 'credit', id, bytes: pick<unknown>([1, 2 ** 31, -1, odd()]) }),
    () => ({ t: 'done', id, value: odd() }),
    () => ({ t: 'done', id, value: JSON.parse('{"__proto__":{"code":0},"code":0,"timedOut":false}') }),
    () => ({ t: 'error', id, code: pick(['internal', 'x']), message: odd() }),
    () => ({ t: 'welcome', protocol: odd(), bootId: odd() }),
  ])();
}

test('ten thousand messages of a false runtime throw nothing, hold no memory, and each link ends or goes on', async () => {
  const thrown: unknown[] = [];
  const note = (error: unknown) => void thrown.push(error);
  process.on('unhandledRejection', note).on('uncaughtException', note);
  let sent = 0;
  for (let seed = 1; sent < 10_000; seed++) {
    const random = randomOf(seed);
    const { bridge, say, raw } = falseHands();
    const opened = await openLink(bridge, { sandboxId: 'sbx_a', fence: 1 });
    if (!opened.ok) throw new Error(`seed ${seed} was not greeted`);
    let held = 0;
    const take = ({ data }: { data: Buffer }) => {
      held += data.length;
    };
    const answers = [
      opened.link.request('ping', {}).answer,
      opened.link.request('run', { argv: ['x'], stdin: true, timeoutMs: 1 }, take).answer,
      opened.link.request('get', { path: 'x' }, take).answer,
    ];
    for (let n = 0; n < 40 && !bridge.destroyed; n++, sent++) {
      const dice = random();
      if (dice < 0.02) raw(Buffer.from([0xff, 0xff, 0xff, 0xff, 1, 2, 3]));
      else if (dice < 0.04) raw(encodeFrame({ t: 'ready' }).subarray(0, 6));
      else say(message(random));
      if (random() < 0.3) await new Promise(setImmediate);
    }
    await new Promise(setImmediate);
    opened.link.close();
    for (const answer of await Promise.all(answers)) expect(typeof answer.ok).toBe('boolean');
    // Nothing was granted, so no stream may have had more than its window.
    expect(held).toBeLessThanOrEqual(2 * 512 * 1024);
    expect(await opened.link.ended).toBeDefined();
  }
  await new Promise(setImmediate);
  process.off('unhandledRejection', note).off('uncaughtException', note);
  expect(thrown).toEqual([]);
});

test.each<[string, unknown]>([
  ['a word where a ping is answered', { t: 'done', id: 1, value: 'pong' }],
  ['an answer to what nobody asked', { t: 'done', id: 7, value: {} }],
  ['credit without end', { t: 'credit', id: 1, bytes: 2 ** 40 }],
  ['no frame of the protocol', { t: 'hello' }],
])('%s ends the connection, and the sandbox is lost', async (_, answer) => {
  let connects = 0;
  const { bridge, say } = falseHands();
  const driver = {
    connect: async () => {
      connects++;
      return { ok: true as const, stream: bridge };
    },
    inspect: async () => 'running' as const,
  };
  const opened = await openHands({ driver, sandboxId: 'sbx_a', fence: 1 });
  if (!opened.ok) throw new Error(opened.message);
  const lost = new Promise(resolve => opened.hands.onLost(resolve));
  const ping = opened.hands.ping();
  await new Promise(setImmediate);
  say(answer);
  expect(await ping).toMatchObject({ ok: false });
  expect(await lost).toMatchObject({ code: 'sandbox_lost' });
  expect(await opened.hands.ping()).toMatchObject({ ok: false, code: 'sandbox_lost' });
  expect([connects, bridge.destroyed]).toEqual([1, true]);
});

test('more bytes than were granted end the connection', async () => {
  const { bridge, say } = falseHands();
  const opened = await openLink(bridge, { sandboxId: 'sbx_a', fence: 1 });
  if (!opened.ok) throw new Error('not greeted');
  opened.link.request('get', { path: 'x' });
  const data = Buffer.alloc(maxFrameBytes / 2).toString('base64');
  for (let n = 0; n < 3; n++) say({ t: 'data', id: 1, data });
  expect(await opened.link.ended).toMatchObject({ how: 'refused', code: 'garbage' });
});
