import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  newCallId,
  openTestStack,
  sh,
  type TestSandbox,
  type TestStack,
} from '../../test/helpers/sandboxStack.ts';
import type { Hands, OutputChunk } from './hands.ts';

let stack: TestStack;
let sandbox: TestSandbox;
let hands: Hands;

beforeAll(async () => {
  stack = await openTestStack();
  sandbox = await stack.sandbox();
  ({ hands } = sandbox);
});
afterAll(() => stack?.close());

const bash = (command: string, timeoutMs?: number) => ({
  callId: newCallId(),
  tool: 'bash' as const,
  input: { command, ...(timeoutMs ? { timeoutMs } : {}) },
});

test('output is seen while the command runs, by byte offset, with characters whole', async () => {
  const chunks: OutputChunk[] = [];
  const seen = Promise.withResolvers<void>();
  const running = hands.call(
    bash('printf "grü\\xc3"; until [ -e go ]; do sleep 0.02; done; printf "\\x9f 🙂"; rm go'),
    {
      onOutput: chunk => {
        chunks.push(chunk);
        seen.resolve();
      },
    },
  );
  await seen.promise;
  await sh(hands, 'touch go');
  expect(await running).toMatchObject({ ok: true, output: 'grüß 🙂' });
  expect(chunks.map(({ text }) => text).join('')).toBe('grüß 🙂');
  expect(chunks[0]).toEqual({ offset: 0, text: 'grü' });
});

test('exit codes, stderr and an empty stdin', async () => {
  expect(await hands.call(bash('echo out; echo err >&2; exit 3'))).toMatchObject({
    ok: false,
    exitCode: 3,
    output: 'out\nerr\n',
  });
  expect(await hands.call(bash('cat; echo after'))).toMatchObject({ ok: true, output: 'after\n' });
  expect(await hands.call(bash('kill -9 $$'))).toMatchObject({ ok: false, exitCode: 137 });
});

test('a command that leaves a server in the background returns, and the server stays', async () => {
  const outcome = await hands.call(bash('sleep 300 & echo $! > server.pid; echo up'));
  expect(outcome).toMatchObject({ ok: true, output: 'up\n' });
  expect(await sh(hands, 'kill -0 $(cat server.pid) && echo alive')).toBe('alive');
});

test('a flood of output neither fills the disk nor loses its ends', async () => {
  const before = await hands.stat();
  // 200 MB through a disk of 256.
  const outcome = await hands.call(bash('echo first; seq 1 26000000; echo last'));
  if (outcome.status !== 'finished') throw new Error(outcome.status);
  expect(outcome).toMatchObject({ ok: true, truncated: true });
  expect(outcome.output).toMatch(/^first\n1\n[\s\S]*bytes cut[\s\S]*26000000\nlast\n$/);
  expect(Buffer.byteLength(outcome.output)).toBeLessThanOrEqual(16 * 1024);
  const after = await hands.stat();
  if (!before.ok || !after.ok) throw new Error('no stat');
  expect(before.diskFreeBytes - after.diskFreeBytes).toBeLessThan(8 * 1024 * 1024);

  const head = await hands.output(outcome.callId, 0, 100);
  expect(head.ok && head.data.toString()).toMatch(/^first\n1\n2\n/);
  const tail = await hands.output(outcome.callId, outcome.outputBytes - 14, 100);
  expect(tail).toMatchObject({
    ok: true,
    offset: outcome.outputBytes - 14,
    outputBytes: outcome.outputBytes,
  });
  expect(tail.ok && tail.data.toString()).toBe('26000000\nlast\n');
  const middle = await hands.output(outcome.callId, 1024 * 1024, 100);
  expect(middle.ok && middle.offset).toBe(outcome.outputBytes - 512 * 1024);
});

test('a stop ends the command, its children, and those that left its session or its environment, within a second', async () => {
  const abort = new AbortController();
  const seen = Promise.withResolvers<void>();
  const running = hands.call(
    bash(
      'trap "" TERM; setsid sleep 4001 & (trap "" TERM; exec sleep 4002) & env -i sleep 4003 & echo up; sleep 4004',
    ),
    { signal: abort.signal, onOutput: () => seen.resolve() },
  );
  await seen.promise;
  abort.abort();
  expect(await running).toMatchObject({ status: 'finished', ok: false, failure: 'stopped', output: 'up\n' });
  expect(await sh(hands, 'pgrep -f "^sleep 400" || echo none')).toBe('none');
});

test('a timeout is a result that says so', async () => {
  const outcome = await hands.call(bash('echo begun; sleep 100', 200));
  expect(outcome).toMatchObject({ ok: false, failure: 'timed_out', output: 'begun\n' });
});

test('a call that is stopped before it is sent never runs', async () => {
  const call = bash('touch ran');
  expect(await hands.call(call, { signal: AbortSignal.abort() })).toMatchObject({
    ok: false,
    failure: 'stopped',
  });
  expect(await hands.call(call)).toMatchObject({ failure: 'stopped' });
  expect(await sh(hands, 'ls ran 2>/dev/null || echo none')).toBe('none');
});

test('a fork bomb is stopped like anything else', async () => {
  const abort = new AbortController();
  const seen = Promise.withResolvers<void>();
  const bomb = hands.call(bash('echo go; f() { f & f & sleep 1; }; f; wait; sleep 100'), {
    signal: abort.signal,
    onOutput: () => seen.resolve(),
  });
  await seen.promise;
  abort.abort();
  expect(await bomb).toMatchObject({ failure: 'stopped' });
  expect(await hands.call(bash('echo fine'))).toMatchObject({ ok: true, output: 'fine\n' });
});

test('twenty commands at once', async () => {
  const all = await Promise.all(
    Array.from({ length: 20 }, (_, i) => hands.call(bash(`sleep 0.1; echo ${i}`))),
  );
  expect(all.map(outcome => outcome.status === 'finished' && outcome.output)).toEqual(
    all.map((_, i) => `${i}\n`),
  );
});

test('killing everything leaves the runtime, and nothing of the commands', async () => {
  const running = hands.call(bash('setsid sleep 5001 & sleep 5002'));
  await sh(hands, 'until pgrep -f "^sleep 5001"; do sleep 0.02; done');
  expect(await hands.killAll()).toMatchObject({ ok: true });
  expect(await running).toMatchObject({ failure: 'stopped' });
  expect(await sh(hands, 'pgrep sleep || echo none')).toBe('none');
});
