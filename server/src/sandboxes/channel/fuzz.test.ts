import { Duplex } from 'node:stream';
import { encodeFrame, frameDecoder, maxFrameBytes } from '@deckhand/sandbox/protocol';
import { expect, test } from '@jest/globals';
import type { Hands } from '../hands.ts';
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
  const before = process.memoryUsage();
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
  // Links that ended leave nothing: 80 KB of each of ten thousand messages would be 800 MB.
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  expect(heapUsed + arrayBuffers - before.heapUsed - before.arrayBuffers).toBeLessThan(300 * 1024 * 1024);
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

/** A runtime that greets, says it is alive whenever it is asked, and else what the test says. */
function hollowHands({ pings }: { pings: boolean }) {
  let connects = 0;
  const connect = async () => {
    connects++;
    const decoder = frameDecoder();
    const bridge = new Duplex({
      read() {},
      write(bytes: Buffer, _encoding, done) {
        const decoded = decoder.push(bytes);
        for (const said of decoded.ok
          ? (decoded.messages as { t: string; id: number; method?: string }[])
          : []) {
          if (said.t === 'hello') bridge.push(encodeFrame({ t: 'welcome', protocol: 1, bootId: 'boot' }));
          if (pings && said.method === 'ping')
            bridge.push(encodeFrame({ t: 'done', id: said.id, value: {} }));
        }
        done();
      },
    });
    return { ok: true as const, stream: bridge };
  };
  const driver = { connect, inspect: async () => 'running' as const };
  return { driver, connects: () => connects };
}
const soon = { answerMs: 60, workMs: 120, lateMs: 10 };
const callOf = (tool: string, input: object) =>
  ({ callId: 'cal_abcdef', tool, input, cwd: '/work' }) as never;

test.each<[string, (hands: Hands) => Promise<unknown>]>([
  ['a call that reads', hands => hands.call(callOf('read', { path: 'a' }))],
  ['a command', hands => hands.call(callOf('bash', { command: 'x', timeoutMs: 50 }))],
  ['a program of ours', hands => hands.run(['x'], { timeoutMs: 50 })],
  ['a file that is brought in', hands => hands.put('a', Buffer.alloc(4 * 1024 * 1024))],
  ['what was cancelled', hands => hands.cancel('cal_abcdef' as never)],
])('%s that a living runtime never answers is lost, and so is the sandbox', async (_, ask) => {
  const { driver } = hollowHands({ pings: true });
  const silence = { watchMs: 20, askMs: 20, giveUpMs: 5_000 };
  const opened = await openHands({ driver, sandboxId: 'sbx_a', fence: 1, deadlines: soon, silence });
  if (!opened.ok) throw new Error(opened.message);
  const lost = new Promise(resolve => opened.hands.onLost(resolve));
  const asked = ask(opened.hands);
  expect(await lost).toMatchObject({
    code: 'sandbox_lost',
    message: expect.stringMatching(/does not answer/),
  });
  const answer = (await asked) as { ok?: boolean; status?: string };
  expect(answer.ok ?? answer.status === 'done').toBe(false);
  expect(await opened.hands.ping()).toMatchObject({ ok: false, code: 'sandbox_lost' });
});

test('a command may take the time that it was given, as long as the runtime lives', async () => {
  const { driver } = hollowHands({ pings: true });
  const silence = { watchMs: 20, askMs: 20, giveUpMs: 200 };
  const opened = await openHands({ driver, sandboxId: 'sbx_a', fence: 1, deadlines: soon, silence });
  if (!opened.ok) throw new Error(opened.message);
  let lost = false;
  opened.hands.onLost(() => {
    lost = true;
  });
  const asked = opened.hands.call(callOf('bash', { command: 'sleep 1', timeoutMs: 60_000 }));
  const over = await Promise.race([asked, new Promise(resolve => setTimeout(resolve, 600, 'still'))]);
  expect([over, lost]).toEqual(['still', false]);
  opened.hands.close();
  await asked;
});

test('a runtime that greets again and again and never says another word is lost', async () => {
  const { driver, connects } = hollowHands({ pings: false });
  const silence = { watchMs: 10, askMs: 20, giveUpMs: 40 };
  const opened = await openHands({ driver, sandboxId: 'sbx_a', fence: 1, silence });
  if (!opened.ok) throw new Error(opened.message);
  const asked = opened.hands.call(callOf('bash', { command: 'x', timeoutMs: 60_000 }));
  expect(await asked).toMatchObject({ status: 'lost', code: 'sandbox_lost' });
  expect(connects()).toBe(3);
});
