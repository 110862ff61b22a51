import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import {
  newCallId,
  openTestStack,
  sh,
  type TestSandbox,
  type TestStack,
} from '../../test/helpers/sandboxStack.ts';
import { openHands } from './channel/openHands.ts';
import { execute } from './docker/exec.ts';
import type { Hands } from './hands.ts';

let stack: TestStack;
let sandbox: TestSandbox;
let hands: Hands;

beforeAll(async () => {
  stack = await openTestStack();
  sandbox = await stack.sandbox({ env: { DECKHAND_FAULTS: '1' } });
  ({ hands } = sandbox);
});
afterAll(() => stack?.close());
afterEach(() => sh(hands, 'rm -f /run/deckhand/fault'));

const killHands = "pkill -9 -f '[h]ands.mjs'";
const dieAt = (point: string) => sh(hands, `echo ${point} > /run/deckhand/fault`);
const died = async () => (await sh(hands, 'cat /run/deckhand/fault 2>/dev/null || true')) === '';
const bash = (command: string) => ({ callId: newCallId(), tool: 'bash' as const, input: { command } });
/** A command that can be counted, by its call. */
const counted = (then = 'true') => bash(`echo ran >> /work/ran.$DECKHAND_CALL_ID; ${then}`);
const timesRan = async (callId: string) =>
  Number(await sh(hands, `cat /work/ran.${callId} 2>/dev/null | wc -l`));

describe('the runtime is killed', () => {
  test.each(['after-intent', 'after-spawn', 'after-rc'])(
    '%s: the command runs once and its result is had',
    async point => {
      await dieAt(point);
      const call = counted('echo result');
      expect(await hands.call(call)).toMatchObject({ status: 'finished', ok: true, output: 'result\n' });
      expect(await timesRan(call.callId)).toBe(1);
      expect(await died()).toBe(true);
    },
  );

  test.each([
    ['as the command begins', `${killHands}; sleep 0.3; echo result`],
    ['as the command ends', `sleep 0.1; echo result; ${killHands}`],
    ['twice while it runs', `${killHands}; sleep 0.4; ${killHands}; sleep 0.4; echo result`],
  ])('%s', async (_when, then) => {
    const call = counted(then);
    expect(await hands.call(call)).toMatchObject({ status: 'finished', ok: true, output: 'result\n' });
    expect(await timesRan(call.callId)).toBe(1);
  });

  test('while output streams: nothing of it is missing or repeated', async () => {
    let text = '';
    const command = `for i in $(seq 1 60); do echo line $i; [ $((i % 20)) = 0 ] && ${killHands}; sleep 0.01; done`;
    const outcome = await hands.call(bash(command), {
      onOutput: chunk => {
        text += chunk.text;
      },
    });
    expect(outcome).toMatchObject({ status: 'finished', outputBytes: Buffer.byteLength(text) });
    expect(text).toBe(Array.from({ length: 60 }, (_, i) => `line ${i + 1}\n`).join(''));
  });

  test('while a command is being stopped: it is stopped all the same', async () => {
    const abort = new AbortController();
    const seen = Promise.withResolvers<void>();
    const call = counted(`trap "${killHands}" TERM; echo up; while :; do sleep 0.02; done`);
    const running = hands.call(call, { signal: abort.signal, onOutput: () => seen.resolve() });
    await seen.promise;
    abort.abort();
    expect(await running).toMatchObject({ status: 'finished', failure: 'stopped' });
    expect(await timesRan(call.callId)).toBe(1);
  });

  test('and the deadline of what it started holds', async () => {
    const call = {
      ...counted(`${killHands}; sleep 60`),
      input: { command: `${killHands}; sleep 60`, timeoutMs: 700 },
    };
    expect(await hands.call(call)).toMatchObject({ failure: 'timed_out' });
  });
});

test('the runtime is killed just after the wrapper started and before it claimed: one of the two starts it, not both', async () => {
  const slow = await stack.sandbox({ env: { DECKHAND_FAULTS: '1', DECKHAND_SLOW_CLAIM: '0.4' } });
  await sh(slow.hands, 'echo after-spawn > /run/deckhand/fault');
  const outcome = await slow.hands.call(bash('echo ran >> /work/n; sleep 0.6; cat /work/n'));
  expect(outcome).toMatchObject({ status: 'finished', ok: true, output: 'ran\n' });
});

describe('what cannot be known is said to be unknown, and is not run again', () => {
  test.each([
    ['its wrapper is killed', 'kill -9 $PPID'],
    ['everything is killed, the runtime too', 'kill -9 -1'],
  ])('%s', async (_what, then) => {
    const call = counted(then);
    expect(await hands.call(call)).toMatchObject({ status: 'unknown' });
    expect(await hands.call(call)).toMatchObject({ status: 'unknown' });
    expect(await timesRan(call.callId)).toBe(1);
  });
});

describe('files', () => {
  test.each(['after-intent', 'after-write'])('a write, killed %s, is made once', async point => {
    await dieAt(point);
    const call = {
      callId: newCallId(),
      tool: 'write' as const,
      input: { path: `w-${point}`, content: 'new' },
    };
    expect(await hands.call(call)).toMatchObject({ status: 'finished', ok: true });
    expect(await sh(hands, `cat w-${point}`)).toBe('new');
    expect(await died()).toBe(true);
  });

  test('an edit that was made before the kill is not made on top of itself', async () => {
    await sh(hands, 'echo -n a > grow');
    await dieAt('after-write');
    const call = { callId: newCallId(), tool: 'edit' as const, input: { path: 'grow', old: 'a', new: 'aa' } };
    expect(await hands.call(call)).toMatchObject({ status: 'finished', ok: true });
    expect(await sh(hands, 'cat grow')).toBe('aa');
  });

  test('a file that somebody else changed meanwhile is unknown', async () => {
    const own = await stack.sandbox({ env: { DECKHAND_FAULTS: '1' } });
    const meddled = Promise.withResolvers<void>();
    let bridges = 0;
    const driver = {
      inspect: stack.driver.inspect,
      connect: async (id: string) => {
        if (++bridges > 1) await meddled.promise;
        return stack.driver.connect(id);
      },
    };
    const opened = await openHands({ driver, sandboxId: own.id, fence: 2 });
    if (!opened.ok) throw new Error(opened.message);
    await sh(opened.hands, 'echo -n a > f; echo after-intent > /run/deckhand/fault');
    const calling = opened.hands.call({
      callId: newCallId(),
      tool: 'edit',
      input: { path: 'f', old: 'a', new: 'b' },
    });
    const meddle = 'while [ -e /run/deckhand/fault ]; do sleep 0.02; done; echo c > /work/repo/f';
    await execute(own.container, ['sh', '-c', meddle]);
    meddled.resolve();
    expect(await calling).toMatchObject({ status: 'unknown', reason: expect.stringContaining('neither') });
    expect(await sh(opened.hands, 'cat f')).toBe('c');
    opened.hands.close();
  });
});

test('kills at random moments: every command runs exactly once, or at most once and its end is unknown', async () => {
  const chaos =
    'while [ -e /tmp/chaos ]; do sleep 0.$((RANDOM % 4 + 2))$((RANDOM % 10)); pkill -9 -f "[h]ands.mjs"; done';
  // Ends with the file that tells it to go on.
  const ended = execute(sandbox.container, ['bash', '-c', `touch /tmp/chaos; ${chaos}`]);
  try {
    for (let i = 0; i < 30; i++) {
      const call = counted(`sleep 0.0${i % 10}; echo result`);
      const outcome = await hands.call(call);
      expect(outcome).toMatchObject({ status: 'finished', ok: true, output: 'result\n' });
      expect([i, await timesRanByRead(call.callId)]).toEqual([i, 1]);
    }
  } finally {
    await execute(sandbox.container, ['rm', '/tmp/chaos']);
    await ended;
    // The last kill may not have been noticed yet.
    while (!(await hands.ping()).ok);
  }
});

/** By a call, which is asked again when the runtime dies; a plain command is not. */
async function timesRanByRead(callId: string): Promise<number> {
  const read = { callId: newCallId(), tool: 'read' as const, input: { path: `/work/ran.${callId}` } };
  const outcome = await hands.call(read);
  return outcome.status === 'finished' && outcome.ok ? outcome.output.split('\n').length : 0;
}
