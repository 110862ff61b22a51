import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
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

async function finished(command: string) {
  const outcome = await hands.call(bash(command));
  if (outcome.status !== 'finished') throw new Error(JSON.stringify(outcome));
  return outcome;
}

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
  expect(await hands.call(bash('kill -9 $$'))).toMatchObject({ ok: false, exitCode: 137, signal: 'SIGKILL' });
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

test('nothing of a shell lasts but what lies on the disk', async () => {
  await hands.call(bash('mkdir -p elsewhere && cd elsewhere && export GONE=1 && touch lasts'));
  expect(await hands.call(bash('pwd; echo "[$GONE]"; ls elsewhere'))).toMatchObject({
    output: '/work/repo\n[]\nlasts\n',
  });
});

test('progress bars are shown as they stood at last, and bytes that are no text are written out', async () => {
  const { output } = await finished(
    'for i in $(seq 1 90); do printf "\\r%3d%%" $i; done; echo; printf "\\033[31mred\\033[0m\\r\\n"; printf "a\\0b\\377c \\342\\202\\254\\n"',
  );
  expect(output).toBe('[89× overwritten]  90%\nred\na\\x00b\\xffc €\n');
});

test('a program that wants somebody to sit there ends at once, and it is said why', async () => {
  const startedMs = performance.now();
  await sh(hands, 'git init -q asks && cd asks && git config user.email a@b.c && git config user.name A');
  const committed = await finished(
    'cd asks && git commit --allow-empty -m one -q && git commit --amend --allow-empty -q && git log',
  );
  expect(committed).toMatchObject({ ok: true, output: expect.stringContaining('one') });
  expect(await finished('cd asks && echo $CI-$PAGER-$TERM && git commit --allow-empty')).toMatchObject({
    ok: false,
    output: expect.stringContaining('1-cat-dumb\n'),
  });
  for (const asks of ['top', 'python3 -c "input()"', 'cat < /dev/tty'])
    expect((await finished(asks)).summary).toContain('wanted a terminal');
  expect(await finished('false')).toMatchObject({ summary: expect.not.stringContaining('terminal') });
  expect(performance.now() - startedMs).toBeLessThan(15_000);
});

test('a flood faster than anything can take it away harms its command alone', async () => {
  const outcome = await hands.call(bash('yes flood | head -c 600000000'));
  expect(outcome.status).toBe('finished');
  expect(await sh(hands, 'echo up')).toBe('up');
});

describe('in the background', () => {
  const inBackground = async (command: string) => {
    const call = bash(command);
    const outcome = await hands.call({ ...call, input: { ...call.input, background: true } });
    if (outcome.status !== 'finished') throw new Error(JSON.stringify(outcome));
    return outcome;
  };
  const about = async (input: object, tool: 'process_output' | 'process_stop' = 'process_output') => {
    const outcome = await hands.call({ callId: newCallId(), tool, input });
    if (outcome.status !== 'finished') throw new Error(JSON.stringify(outcome));
    return outcome;
  };
  const running = async () => {
    const answer = await hands.processes();
    return answer.ok ? answer.running : [];
  };
  const stopAll = async () => {
    for (const { handle } of await running()) await about({ handle }, 'process_stop');
  };
  afterAll(stopAll);

  test('a command goes on, is read piece by piece, waited for, and stopped with all that it started', async () => {
    const started = await inBackground(
      'echo up; sleep 6001 & until [ -e go ]; do sleep 0.02; done; echo gone on; wait',
    );
    expect(started).toMatchObject({
      ok: true,
      output: expect.stringMatching(/^up\n\[runs in the background as p\d+\]$/),
    });
    const handle = started.background ?? '';
    expect(await running()).toContainEqual({ handle, command: expect.stringContaining('sleep 6001') });
    const first = await about({ handle, offset: 0 });
    expect(first.output).toContain(`up\n[${handle} (echo up;`);
    const offset = Number(/go on with offset (\d+)/.exec(first.output)?.[1]);
    const waiting = about({ handle, offset, waitMs: 20_000 });
    await sh(hands, 'touch go');
    expect((await waiting).output).toMatch(/^gone on\n\[p\d+ .*runs since \d+ s; go on with offset 11\]$/);
    expect(await about({ handle }, 'process_stop')).toMatchObject({ ok: true, summary: `stopped ${handle}` });
    expect(await sh(hands, 'rm go; pgrep -f "^sleep 6001" || echo none')).toBe('none');
    expect((await about({ handle })).output).toContain('ended: stopped after');
    expect((await about({ handle }, 'process_stop')).summary).toContain('had ended before');
    expect(await running()).toEqual([]);
  });

  test('one that fails at once is told as any command that failed', async () => {
    expect(await inBackground('echo no port; exit 3')).toMatchObject({
      ok: false,
      exitCode: 3,
      output: 'no port\n',
    });
  });

  test('a handle that is none is answered with those that are', async () => {
    const { background: handle } = await inBackground('sleep 6002');
    expect(await about({ handle: 'p999' })).toMatchObject({
      ok: false,
      output: expect.stringContaining(`${handle} (sleep 6002)`),
    });
    await stopAll();
  });

  test('it outlives the runtime, and the connection that asked for it', async () => {
    const { background: handle } = await inBackground(
      'echo $$ > bg.pid; until [ -e go ]; do sleep 0.02; done; echo done; exit 5',
    );
    await sh(hands, 'pkill -9 -f "[h]ands.mjs"').catch(() => {});
    while (!(await hands.ping()).ok);
    expect(await running()).toContainEqual(expect.objectContaining({ handle }));
    await sh(hands, 'touch go');
    // Its end is noted by the runtime that came after.
    let last = '';
    while (!last.includes('ended')) last = (await about({ handle, waitMs: 500, offset: 99 })).output;
    expect(last).toContain('ended: exit code 5');
    await sh(hands, 'rm go');
  });

  test('what it prints is bounded, and its end is kept', async () => {
    const { background: handle } = await inBackground(
      'yes flood | head -c 300000000; echo last words; sleep 6003',
    );
    let answer = await about({ handle, waitMs: 1000 });
    while (!answer.output.includes('last words')) answer = await about({ handle, waitMs: 1000 });
    expect(Buffer.byteLength(answer.output)).toBeLessThanOrEqual(16 * 1024);
    expect((await about({ handle, offset: 100_000_000 })).output).toMatch(
      /bytes 100000000 to \d+ are not kept/,
    );
    // What lies between is dropped behind the writer, which may be done first.
    const keptKiB = async () =>
      Number(await sh(hands, 'du -skc /run/deckhand/output /work/.deckhand/output | tail -1 | cut -f1'));
    while ((await keptKiB()) > 8 * 1024);
    await stopAll();
  });

  test('only so many run at a time', async () => {
    await Promise.all(Array.from({ length: 10 }, () => inBackground('sleep 6004')));
    expect(await inBackground('sleep 6005')).toMatchObject({
      ok: false,
      output: expect.stringContaining('process_stop'),
    });
    await stopAll();
    expect(await running()).toEqual([]);
  });
});
