import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { bash, done, type Fault, gate, type Message, summaryMarker, todo } from '../emulators/model/index.ts';
import { checkLog, readLog } from '../support/invariants.ts';
import { openStack, type Stack } from '../support/stack.ts';

const windowTokens = 16_000;
const outline = (goal: string) =>
  `## Goal\n- ${goal}\n## Decisions\n- none\n## Constraints\n- none\n## Files\n- none\n## Commands\n- none\n## Failed\n- none\n## Open\n- none`;

let stack: Stack;
beforeAll(async () => {
  stack = await openStack({ DECKHAND_CONTEXT_TOKENS: String(windowTokens), DECKHAND_MODEL_RETRIES: '1' });
  stack.model.script(summaryMarker, [done(outline('The parser reads numbers'))]);
});
afterAll(() => stack.dispose());

const compacted = (events: readonly { type: string }[]) =>
  events.filter(({ type }) => type === 'context.compacted');
const text = (messages: Message[]) => messages.map(message => message.text).join('\n');
/** Output of 12 KiB, or as much as is asked for, different in each turn. */
const much = (n: number, bytes = 12_288) => bash(`yes "line ${n} of some long output" | head -c ${bytes}`);

test('sixty steps of 12 KiB each stay within the window, the log is whole, the first goal is known', async () => {
  const steps = 60;
  let step = 0;
  stack.model.script('many', () => {
    if (step++ >= steps) return done('Read all.');
    return {
      calls: step === 1 ? [much(step), todo(['Read', 'in_progress'], ['Mend 17', 'pending'])] : [much(step)],
    };
  });
  const session = await stack.ask('Make the parser read numbers, never touch LegacyParser #many');
  const end = await session.finished();
  expect(end.data.outcome).toBe('done');
  const askings = stack.model.askings('many');
  expect(askings).toHaveLength(steps + 1);
  // Four bytes a token would be the least of plain text; without a cut the last would have 755 KiB.
  for (const { bytes } of askings) expect(bytes).toBeLessThan(windowTokens * 6);
  const log = await readLog(stack.client, session.sessionId);
  checkLog(log);
  expect(log.filter(({ type }) => type === 'tool.finished')).toHaveLength(steps + 1);
  expect(compacted(log).length).toBeGreaterThan(0);
  expect(text(askings.at(-1)?.messages ?? [])).toContain('never touch LegacyParser');
  // Its own list is never summed up: each request has it, in the call that made it or behind the summary.
  for (const { messages } of askings.slice(1)) expect(JSON.stringify(messages)).toContain('Mend 17');
  expect(text(askings.at(-1)?.messages ?? [])).toContain('- pending: Mend 17');
  // What was shortened says how to read it again, and it can be.
  const shortened = askings.map(
    ({ messages }) => /read_result \{"callId":"(cal_\w+)"\}/.exec(text(messages))?.[1],
  );
  const callId = shortened.find(Boolean);
  stack.model.script('again', [
    {
      calls: [
        { tool: 'read_result', input: { callId, limit: 100 } },
        { tool: 'search_history', input: { query: 'never LegacyParser' } },
      ],
    },
    done(),
  ]);
  await stack.send(session.sessionId, 'Look again #again');
  await session.finished(2);
  const results = session.all('tool.finished').slice(-2);
  expect(results[0]?.data.output).toMatch(/^line \d+ of some long output\n/);
  expect(results[1]?.data.output).toContain('never touch LegacyParser');
});

test('many short turns are summed up behind the model’s back, and a rewind to before that finds the old context', async () => {
  const turns = 30;
  for (let n = 1; n <= turns; n++) stack.model.script(`short-${n}`, [done(`Answer ${n}.`)]);
  const session = await stack.ask('Remember the number 4711 #short-1');
  await session.finished(1);
  for (let n = 2; n <= turns; n++) {
    await stack.send(session.sessionId, `Go on, part ${n} #short-${n}`);
    await session.finished(n);
  }
  const events = session.all('context.compacted');
  expect(events.length).toBeGreaterThan(0);
  expect(events[0]?.data).toMatchObject({ by: 'scripted-1', summary: outline('The parser reads numbers') });
  expect(events[0]?.data.lost ?? []).not.toContain('4711');
  const last = stack.model.askings(`short-${turns}`)[0];
  expect(last?.messages.length).toBeLessThan(55);
  expect(text(last?.messages ?? [])).toContain('Remember the number 4711');
  expect(text(last?.messages ?? [])).toContain('The parser reads numbers');
  // Between two cuts a request begins with the one before it.
  const requests = Array.from({ length: turns }, (_, i) => stack.model.askings(`short-${i + 1}`)[0]);
  const grown = requests.filter((request, i) => {
    const before = requests[i - 1]?.messages ?? [];
    return before.every((message, at) => message.text === request?.messages[at]?.text);
  });
  expect(grown.length).toBeGreaterThanOrEqual(turns - events.length);
  const second = session.all('turn.finished')[1]?.turnId ?? '';
  const rewound = await stack.client.http['session.rewind']({ sessionId: session.sessionId, turnId: second });
  expect(rewound.ok).toBe(true);
  stack.model.script('back', [done('Back.')]);
  await stack.send(session.sessionId, 'And now #back');
  await session.finished(turns + 1);
  const back = stack.model.askings('back')[0]?.messages ?? [];
  expect(text(back)).not.toContain('Summary');
  expect(back.filter(({ role }) => role === 'user').map(message => message.text)).toEqual([
    expect.stringContaining('4711'),
    expect.stringContaining('part 2'),
    expect.stringContaining('And now'),
  ]);
});

const tooLong: Fault = {
  fault: 'status',
  status: 400,
  message: "This model's maximum context length is 12500 tokens. Please reduce the length of the messages.",
};

test('a model that finds a request too long is asked once more with less', async () => {
  stack.model.script('grows', [
    // As a provider counts instructions and tools.
    { calls: [much(1, 5_000), much(2, 5_000), much(3, 5_000)], usage: { input: 7_000, output: 10 } },
    { faults: [tooLong], say: 'Done with less.' },
  ]);
  const session = await stack.ask('Look at much #grows');
  expect((await session.finished()).data.outcome).toBe('done');
  const [, refused, less] = stack.model.askings('grows');
  // Instructions and tools are sent whole each time.
  const chars = (asking: typeof less) =>
    asking?.messages
      .filter(({ role }) => role !== 'system')
      .reduce((sum, { text }) => sum + text.length, 0) ?? 0;
  expect(chars(less)).toBeLessThan(chars(refused) * 0.7);
  expect(session.all('context.compacted')).toHaveLength(1);
});

test('one that finds every request too long is not asked five times, and the session says why', async () => {
  stack.model.script('tiny', [
    { calls: [much(1), much(2)] },
    { faults: [tooLong, tooLong, tooLong, tooLong] },
  ]);
  const session = await stack.ask('Look at much #tiny');
  const end = await session.finished();
  expect(end.data).toMatchObject({ outcome: 'failed', error: { code: 'context_too_long' } });
  expect(stack.model.askings('tiny').length).toBeLessThanOrEqual(3);
});

test('killed behind a cut and started again, the server sends the very same request', async () => {
  const hold = gate();
  let step = 0;
  stack.model.script('killed', () => {
    step += 1;
    if (step <= 8) return { calls: [much(step)] };
    return step === 9 ? { say: ['Some', hold.wait] } : done('Went on.');
  });
  const session = await stack.ask('Look at much #killed');
  const before = await stack.model.asked('killed', 9);
  expect(session.all('context.compacted').length).toBeGreaterThan(0);
  await stack.server.crash();
  hold.open();
  await stack.server.restart();
  expect((await session.finished()).data.outcome).toBe('done');
  expect((await stack.model.asked('killed', 10)).digest).toBe(before.digest);
});
