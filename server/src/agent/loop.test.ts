import { expect, test } from '@jest/globals';
import { bash, fakePorts, never } from '../../test/helpers/fakeLoop.ts';
import { runLoop } from './loop.ts';
import { Parked } from './ports.ts';
import type { Call, CallResult } from './tools/tool.ts';

const callOf = (tool: string, input: object, n: number): Call => ({
  callId: `cal_${n}`,
  modelCallId: `m${n}`,
  tool,
  input,
});

test('words alone are streamed, committed whole, and end the turn', async () => {
  const fake = fakePorts([{ say: ['All ', 'done.'] }]);
  await runLoop(fake.ports, never);
  expect(fake.log).toEqual(['settled 0', 'asked', 'answer All done.', 'settled 0']);
  expect(fake.frames.length).toBeGreaterThan(0);
  expect('All done.'.startsWith(fake.frames.join(''))).toBe(true);
  // What is committed is no partial answer any more: a stop afterwards keeps nothing twice.
  expect(fake.spoken.at(-1)).toBeNull();
});

test('a call runs after the response that asks for it is committed, and the model reads its result', async () => {
  const fake = fakePorts([{ say: ['Looking.'], calls: [bash('ls')] }, { say: ['Seen.'] }]);
  await runLoop(fake.ports, never);
  expect(fake.log).toEqual([
    ...['settled 0', 'asked', 'answer Looking.'],
    ...['run bash', 'result bash', 'settled 1'],
    ...['asked', 'answer Seen.', 'settled 0'],
  ]);
  expect(JSON.stringify(fake.asked[1]?.prompt.at(-1))).toContain('what it said');
});

test('calls that only read run side by side, what changes something alone, and a question comes last', async () => {
  let running = 0;
  let most = 0;
  const side: Record<string, number> = {};
  const run = async ({ tool }: Call) => {
    running += 1;
    await new Promise(resolve => setImmediate(resolve));
    most = Math.max(most, running);
    side[tool] = Math.max(side[tool] ?? 0, running);
    running -= 1;
    return { ok: true, summary: '', output: '', truncated: false, durationMs: 0 };
  };
  const calls = [
    { tool: 'ask', input: { question: 'Which?' }, id: 'q' },
    { tool: 'read', input: { path: 'a' }, id: 'a' },
    { tool: 'read', input: { path: 'b' }, id: 'b' },
    { ...bash('make'), id: 'c' },
  ];
  const fake = fakePorts([{ calls }], { run });
  await runLoop(fake.ports, never);
  expect(most).toBe(2);
  expect(side.bash).toBe(1);
  expect([...fake.results.keys()].at(-1)).toBe('q');
  expect(fake.results.get('q')?.ending).toEqual({ outcome: 'asked', question: 'Which?', choices: undefined });
  expect(fake.asked).toHaveLength(1);
});

test('what is no call of ours is run by nobody; the model is told and goes on', async () => {
  const calls = [
    { tool: 'bash', input: { command: 7 }, id: 'shape' },
    { tool: 'bash', input: '{"comm', id: 'json' },
    { tool: 'format_disk', input: {}, id: 'unknown' },
    { tool: 'read_checks', input: {}, id: 'not-offered' },
  ];
  const fake = fakePorts([{ calls }, { say: ['Sorry.'] }]);
  await runLoop(fake.ports, never);
  expect(fake.log.filter(entry => entry.startsWith('run'))).toEqual([]);
  expect([...fake.results.values()].map(({ ok }) => ok)).toEqual([false, false, false, false]);
  expect(fake.results.get('shape')?.output).toMatch(/^The arguments do not fit bash: command/);
  expect(fake.results.get('json')?.output).toMatch(/not valid JSON/);
  expect(fake.results.get('unknown')?.output).toBe('There is no tool format_disk.');
  expect(fake.results.get('not-offered')?.output).toMatch(/no tool read_checks in this session/);
  expect(fake.isOver()).toBe(true);
});

test('a model that fails is asked once more; one that goes on failing ends the loop with nothing committed', async () => {
  const again = fakePorts([{ refuses: new Error('cut') }, { say: ['Here.'] }]);
  await runLoop(again.ports, never);
  expect(again.log).toEqual(['settled 0', 'asked', 'asked', 'answer Here.', 'settled 0']);
  const gone = fakePorts([{ refuses: new Error('cut') }, { refuses: new Error('cut') }]);
  await expect(runLoop(gone.ports, never)).rejects.toMatchObject({ code: 'model_unavailable' });
  expect(gone.log).toEqual(['settled 0', 'asked', 'asked']);
});

test('a stop in the middle of an answer rejects with its reason: what was said is known, and not committed', async () => {
  const stop = new AbortController();
  const hold = Promise.withResolvers<void>();
  const fake = fakePorts([{ say: ['Half of '], hold: hold.promise, calls: [bash('rm -rf .')] }]);
  const { speaks } = fake.ports.commit;
  fake.ports.commit.speaks = partial => {
    speaks(partial);
    stop.abort(new Error('stopped'));
  };
  await expect(runLoop(fake.ports, stop.signal)).rejects.toThrow('stopped');
  hold.resolve();
  expect(fake.spoken).toEqual(['Half of ']);
  expect(fake.log).toEqual(['settled 0', 'asked']);
  expect(fake.asked[0]?.abortSignal?.aborted).toBe(true);
});

test('a turn that is taken over runs the calls that have no result yet, and asks nobody for them again', async () => {
  const left = [callOf('bash', { command: 'make' }, 1), callOf('read', { path: 'a' }, 2)];
  const fake = fakePorts([{ say: ['Made.'] }], { pending: left });
  await runLoop(fake.ports, never);
  expect(fake.log).toEqual([
    ...['run bash', 'result bash', 'run read', 'result read', 'settled 2'],
    ...['asked', 'answer Made.', 'settled 0'],
  ]);
  expect(fake.asked).toHaveLength(1);
});

test('where a call cannot be sent, those beside it are over before the loop rejects', async () => {
  const left = [callOf('read', { path: 'gone' }, 1), callOf('read', { path: 'slow' }, 2)];
  const run = async ({ input }: Call): Promise<CallResult> => {
    if ((input as { path: string }).path === 'gone') throw new Error('no sandbox');
    await new Promise(resolve => setImmediate(resolve));
    return { ok: true, summary: '', output: '', truncated: false, durationMs: 0 };
  };
  const fake = fakePorts([], { pending: left, run });
  await expect(runLoop(fake.ports, never)).rejects.toThrow('no sandbox');
  expect([...fake.results.keys()]).toEqual(['m2']);
});

test('what people say to the turn is read before its next step, behind the results of all calls', async () => {
  const said = [undefined, 'Ana: rather the other file'];
  const fake = fakePorts(
    [
      {
        say: ['Looking.'],
        calls: [
          { ...bash('ls'), id: 'a' },
          { ...bash('pwd'), id: 'b' },
        ],
      },
      { say: ['Seen.'] },
    ],
    { hears: () => said.shift() },
  );
  await runLoop(fake.ports, never);
  const read = fake.asked[1]?.prompt.map(({ role }) => role) ?? [];
  expect(read).toEqual(['system', 'user', 'assistant', 'tool', 'user']);
  expect(JSON.stringify(fake.asked[1]?.prompt.at(-1))).toContain('rather the other file');
  // The last word is said: nobody would read more, and it stays in line.
  expect(said).toEqual([]);
});

test('a call that waits for a yes ends the round once those beside it are done; what went wrong beside it is told first', async () => {
  const calls = [
    { tool: 'read', input: { path: 'a' }, id: 'a' },
    { tool: 'read', input: { path: 'b' }, id: 'b' },
    { ...bash('make'), id: 'c' },
  ];
  const judge = async (call: Call) => {
    if (call.modelCallId === 'a') throw new Parked('wait');
    return { may: 'run' as const, call };
  };
  const fake = fakePorts([{ calls }]);
  await expect(runLoop({ ...fake.ports, policy: { judge } }, never)).rejects.toThrow(Parked);
  // It goes on there: what came behind it has not begun.
  expect([...fake.results.keys()]).toEqual(['b']);
  const broken = fakePorts([{ calls }], {
    run: async () => {
      throw new Error('the turn is lost');
    },
  });
  await expect(runLoop({ ...broken.ports, policy: { judge } }, never)).rejects.toThrow('the turn is lost');
});

test('what policy refuses is not run, and the model is told; what somebody changed runs as it was changed', async () => {
  const ran: unknown[] = [];
  const run = async (call: Call): Promise<CallResult> => {
    ran.push(call.input);
    return { ok: true, summary: 'Ran', output: 'its output', truncated: false, durationMs: 0 };
  };
  const fake = fakePorts(
    [
      {
        calls: [
          { ...bash('no'), id: 'n' },
          { ...bash('first'), id: 'e' },
        ],
      },
      { say: ['Done.'] },
    ],
    { run },
  );
  const judge = async (call: Call) =>
    call.modelCallId === 'n'
      ? { may: 'not' as const, summary: 'Refused by policy', told: 'Not run: no.' }
      : { may: 'run' as const, call: { ...call, input: { command: 'second' } }, told: '[Ana changed it]' };
  await runLoop({ ...fake.ports, policy: { judge } }, never);
  expect(ran).toEqual([{ command: 'second' }]);
  expect(fake.results.get('n')).toMatchObject({ ok: false, output: 'Not run: no.' });
  expect(fake.results.get('e')?.output).toBe('[Ana changed it]\nits output');
});
