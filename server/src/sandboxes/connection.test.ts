import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { encodeFrame, frameDecoder } from '@deckhand/sandbox/protocol';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  newCallId,
  openTestStack,
  sh,
  type TestSandbox,
  type TestStack,
} from '../../test/helpers/sandboxStack.ts';
import { openHands } from './channel/openHands.ts';
import type { Hands, Lost } from './hands.ts';

let stack: TestStack;
let shared: TestSandbox;

beforeAll(async () => {
  stack = await openTestStack();
  shared = await stack.sandbox({ fence: 0 });
});
afterAll(() => stack?.close());

const bash = (command: string) => ({ callId: newCallId(), tool: 'bash' as const, input: { command } });
const connect = async (sandboxId: string, fence: number): Promise<Hands> => {
  const opened = await openHands({ driver: stack.driver, sandboxId, fence });
  if (!opened.ok) throw new Error(opened.message);
  return opened.hands;
};
const lossOf = (hands: Hands) => new Promise<Lost>(resolve => hands.onLost(resolve));

test('a higher fence closes the older connection, joins its running call, and the lower one stays out', async () => {
  const { id, hands: first } = await stack.sandbox({ fence: 5 });
  const call = bash('echo begun; until [ -e go ]; do sleep 0.02; done; echo ended');
  const seen = Promise.withResolvers<void>();
  const old = first.call(call, { onOutput: () => seen.resolve() });
  await seen.promise;

  const second = await connect(id, 6);
  expect(await old).toMatchObject({ status: 'lost', code: 'superseded' });
  expect(await lossOf(first)).toMatchObject({ code: 'superseded' });
  const refused = await openHands({ driver: stack.driver, sandboxId: id, fence: 5 });
  expect(refused).toMatchObject({ ok: false, code: 'superseded' });

  let heard = '';
  const joined = second.call(call, {
    onOutput: chunk => {
      heard += chunk.text;
    },
  });
  await sh(second, 'touch go');
  expect(await joined).toMatchObject({ ok: true, output: 'begun\nended\n' });
  expect(heard).toBe('begun\nended\n');
  second.close();
});

test('the fence outlives the runtime', async () => {
  const { id, hands } = await stack.sandbox({ fence: 9 });
  await hands.call(bash("pkill -9 -f '[h]ands.mjs'"));
  expect((await hands.ping()).ok).toBe(true);
  expect(await openHands({ driver: stack.driver, sandboxId: id, fence: 8 })).toMatchObject({
    ok: false,
    code: 'superseded',
  });
});

test('of two connections with one fence the newer stays', async () => {
  const { id, hands: first } = await stack.sandbox({ fence: 3 });
  const second = await connect(id, 3);
  expect(await lossOf(first)).toMatchObject({ code: 'superseded' });
  expect(await first.ping()).toMatchObject({ ok: false, code: 'superseded' });
  expect((await second.ping()).ok).toBe(true);
  second.close();
});

test('a visitor reaches ports and looks beside the owner, whichever fence that has, and may change nothing', async () => {
  const { id, hands: owner } = await stack.sandbox({ fence: 7 });
  const listen = `node -e 'require("node:net").createServer(s => s.end("here")).listen(4000, "127.0.0.1", () => console.log("up"))'`;
  const up = Promise.withResolvers<void>();
  const serving = owner.call(bash(listen), { onOutput: () => up.resolve() });
  await up.promise;
  const visit = async () => {
    const opened = await openHands({ driver: stack.driver, sandboxId: id, fence: 0, visitor: true });
    if (!opened.ok) throw new Error(opened.message);
    return opened.hands;
  };
  const [one, other] = [await visit(), await visit()];
  expect(await text(one.tcp(4000))).toBe('here');
  expect(await text(other.tcp(4000))).toBe('here');
  expect((await owner.ping()).ok).toBe(true);
  expect(await one.run(['true'])).toMatchObject({ ok: true, code: 0 });
  expect(await one.put('/work/mine', Readable.from('x'))).toMatchObject({ ok: false });
  expect((await owner.ping()).ok).toBe(true);
  other.close();
  await owner.killAll();
  await serving;
});

test("a pool's open connection is claimed for a session without another bridge", async () => {
  const { id, hands } = await stack.sandbox({ fence: 0 });
  expect(await hands.claim({ sessionId: 'ses_1', fence: 4 })).toEqual({ ok: true });
  expect(await openHands({ driver: stack.driver, sandboxId: id, fence: 3 })).toMatchObject({
    ok: false,
    code: 'superseded',
  });
});

test('bridges that break at random lose no output and run nothing twice', async () => {
  const { id, hands } = await stack.sandbox({ fence: 1 });
  hands.close();
  const bridges: { destroy: () => void }[] = [];
  const driver = {
    inspect: stack.driver.inspect,
    connect: async (sandboxId: string) => {
      const made = await stack.driver.connect(sandboxId);
      if (made.ok) bridges.push(made.stream);
      return made;
    },
  };
  const opened = await openHands({ driver, sandboxId: id, fence: 1 });
  if (!opened.ok) throw new Error(opened.message);
  const chaos = setInterval(() => bridges.at(-1)?.destroy(), 170);
  let text = '';
  const call = bash(
    'echo ran >> /work/n; for i in $(seq 1 100); do echo line $i; sleep 0.01; done; cat /work/n',
  );
  const outcome = await opened.hands.call(call, {
    onOutput: chunk => {
      text += chunk.text;
    },
  });
  clearInterval(chaos);
  expect(outcome).toMatchObject({ status: 'finished', ok: true });
  expect(text).toBe(`${Array.from({ length: 100 }, (_, i) => `line ${i + 1}\n`).join('')}ran\n`);
  expect(bridges.length).toBeGreaterThan(3);
  opened.hands.close();
});

test('a sandbox that dies in the middle of a call is lost, at once and as data', async () => {
  const { hands, container } = await stack.sandbox();
  const seen = Promise.withResolvers<void>();
  const running = hands.call(bash('echo up; sleep 100'), { onOutput: () => seen.resolve() });
  await seen.promise;
  await container.kill();
  expect(await running).toMatchObject({ status: 'lost', code: 'sandbox_lost' });
  expect(await hands.run(['true'])).toMatchObject({ ok: false, code: 'sandbox_lost' });
  expect(await lossOf(hands)).toMatchObject({ code: 'sandbox_lost' });
});

test('a sandbox that was restarted is lost: its journal is gone', async () => {
  const { hands, container } = await stack.sandbox();
  await container.restart({ t: 0 });
  expect(await lossOf(hands)).toMatchObject({ code: 'sandbox_lost' });
});

test('bytes that are no protocol end the connection with a reason', async () => {
  const made = await stack.driver.connect(shared.id);
  if (!made.ok) throw new Error(made.message);
  made.stream.write(encodeFrame({ t: 'open', id: 1, method: 'ping', params: {} }));
  const decoder = frameDecoder();
  const messages: unknown[] = [];
  for await (const chunk of made.stream) {
    const decoded = decoder.push(chunk);
    if (decoded.ok) messages.push(...decoded.messages);
  }
  expect(messages).toEqual([{ t: 'ready' }, { t: 'refused', code: 'garbage', message: expect.any(String) }]);
  expect((await shared.hands.ping()).ok).toBe(true);
});

test('bytes go in and come out as they are, also to a slow reader', async () => {
  const { hands } = shared;
  const content = randomBytes(12 * 1024 * 1024);
  const chunks = Array.from({ length: 96 }, (_, i) => content.subarray(i * 131072, (i + 1) * 131072));
  expect(await hands.put('/work/deep/er/blob', Readable.from(chunks), 0o600)).toMatchObject({
    ok: true,
    bytes: content.length,
  });
  expect(await sh(hands, 'stat -c "%a %s" /work/deep/er/blob')).toBe(`600 ${content.length}`);
  for (const source of [{ path: '/work/deep/er/blob' }, { argv: ['cat', '/work/deep/er/blob'] }]) {
    const got: Buffer[] = [];
    for await (const chunk of hands.get(source)) {
      got.push(chunk);
      if (got.length % 50 === 0) await new Promise(resolve => setTimeout(resolve, 5));
      if (got.length === 10) expect((await hands.ping()).ok).toBe(true);
    }
    expect(Buffer.concat(got).equals(content)).toBe(true);
  }
  const sum = await hands.run(['sha256sum'], { stdin: Readable.from(chunks) });
  expect(sum.ok && sum.stdout.toString()).toBe(
    await sh(hands, 'sha256sum < /work/deep/er/blob').then(text => `${text}\n`),
  );
});

test('what goes wrong with a stream is said', async () => {
  const { hands } = shared;
  const failing = async (readable: Readable) => {
    for await (const _ of readable);
  };
  await expect(failing(hands.get({ path: '/work/nowhere' }))).rejects.toThrow(/does not exist/);
  await expect(failing(hands.get({ argv: ['sh', '-c', 'echo x; exit 2'] }))).rejects.toThrow(/code 2/);
  expect(await hands.put('/etc/passwd', Buffer.from('x'))).toMatchObject({ ok: false, code: 'bad_request' });
  expect(await hands.put('/work/half', Readable.from(half()))).toMatchObject({
    ok: false,
    message: 'source broke',
  });
  expect(await sh(hands, 'while ls -A /work | grep -q half; do sleep 0.02; done; echo none')).toBe('none');
  expect(await hands.run(['no-such-program'])).toMatchObject({ ok: false, code: 'not_found' });
  expect(await hands.run(['sleep', '100'], { timeoutMs: 100 })).toMatchObject({ ok: true, timedOut: true });
  expect(await hands.run(['true'], { stdin: randomBytes(4_000_000) })).toMatchObject({ ok: true, code: 0 });
  expect(await hands.run(['yes'], { maxOutputBytes: 1_000_000 })).toMatchObject({
    ok: false,
    code: 'bad_request',
  });
  expect(await hands.run(['sleep', '100'], { signal: AbortSignal.timeout(50) })).toMatchObject({ ok: false });
  expect(await sh(hands, 'until ! pgrep "sleep|yes" > /dev/null; do sleep 0.02; done; echo none')).toBe(
    'none',
  );
});

function* half() {
  yield Buffer.from('half');
  throw new Error('source broke');
}
