import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { bash, done, type Fault, gate, read, write } from '../emulators/model/index.ts';
import { checkLog, readLog } from '../support/invariants.ts';
import { openStack, type Stack } from '../support/stack.ts';

const status = (code: number, headers: Record<string, string> = {}): Fault => ({
  fault: 'status',
  status: code,
  headers,
});

describe.each(['responses', 'chat'] as const)('over the %s API', api => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await openStack({ DECKHAND_MODEL_API: api, DECKHAND_MODEL_RETRIES: '3' });
  });
  afterAll(() => stack.dispose());

  /** One turn whose first askings go wrong this way. */
  async function turnWith(marker: string, faults: Fault[]) {
    stack.model.script(marker, [{ faults, say: ['The whole ', 'answer.'] }]);
    const session = await stack.ask(`Talk #${marker}`);
    const end = await session.finished();
    checkLog(await readLog(stack.client, session.sessionId));
    return { session, end: end.data, askings: stack.model.askings(marker) };
  }

  test('a model that goes in circles is told, and its turn ends with the reason', async () => {
    stack.model.script('circles', () => ({ calls: [read('not-there.txt')] }));
    const session = await stack.ask('Read #circles');
    const end = await session.finished();
    expect(end.data).toMatchObject({ outcome: 'failed', usage: { steps: 5 } });
    expect(end.data.error?.message).toContain('same call 5 times');
    const texts = stack.model.askings('circles').map(({ messages }) => JSON.stringify(messages));
    expect(texts.map(text => text.includes('Do something else'))).toEqual([false, false, false, true, true]);
    // What may have changed something makes the same call a new one.
    let step = 0;
    stack.model.script('tries', () => {
      step += 1;
      if (step > 14) return done();
      return { calls: [step % 2 ? read('not-there.txt') : write('other.txt', String(step))] };
    });
    await stack.send(session.sessionId, 'Try #tries');
    expect((await session.finished(2)).data.outcome).toBe('done');
    // Asked for side by side, none could be learnt from.
    stack.model.script('beside', [{ calls: Array.from({ length: 6 }, () => read('not-there.txt')) }, done()]);
    await stack.send(session.sessionId, 'Look #beside');
    expect((await session.finished(3)).data.outcome).toBe('done');
  });

  test('429 with retry-after is waited for, then the turn goes on', async () => {
    const { end, askings } = await turnWith('busy', [
      status(429, { 'retry-after-ms': '400' }),
      status(429, { 'retry-after': '1' }),
    ]);
    expect(end.outcome).toBe('done');
    expect(askings).toHaveLength(3);
    const [first, second, third] = askings.map(asking => asking.atMs);
    expect((second ?? 0) - (first ?? 0)).toBeGreaterThanOrEqual(400);
    expect((third ?? 0) - (second ?? 0)).toBeGreaterThanOrEqual(1_000);
  });

  test('500 three times, then fine', async () => {
    const { end, askings } = await turnWith('shaky', [status(500), status(503), status(500)]);
    expect(end.outcome).toBe('done');
    expect(askings).toHaveLength(4);
  });

  test.each([
    ['a socket cut in mid-stream', 'cut'],
    ['an answer without its finish', 'eof'],
    ['garbage in the stream', 'garbage'],
  ] as const)('%s: asked again, and viewers end with the new words only', async (_, fault) => {
    const { session, end, askings } = await turnWith(fault, [{ fault, say: ['Some broken ', 20, 'words'] }]);
    expect(end.outcome).toBe('done');
    expect(askings).toHaveLength(2);
    expect(session.all('message.done').map(event => event.data.text)).toEqual(['The whole answer.']);
    expect(session.view().drafts).toEqual([]);
    expect(JSON.stringify(session.view().items)).not.toContain('broken');
  });

  test('the draft that a second try writes replaces the first one’s while it streams', async () => {
    const hold = gate();
    stack.model.script('redraft', [
      { faults: [{ fault: 'cut', say: ['Old old old', 60] }], say: ['New', hold.wait, ' words.'] },
    ]);
    const session = await stack.ask('Talk #redraft');
    await session.until(view => view.drafts.some(draft => draft.text === 'Old old old'), 'first draft');
    await session.until(view => view.drafts.some(draft => draft.text === 'New'), 'second draft');
    expect(session.view().drafts).toHaveLength(1);
    hold.open();
    await session.finished();
  });

  test('a refused key fails the turn at once and says where to look', async () => {
    const { end, askings } = await turnWith('key', [status(401)]);
    expect(end).toMatchObject({ outcome: 'failed', error: { code: 'model_key' } });
    expect(end.error?.message).toContain('OPENAI_API_KEY');
    expect(askings).toHaveLength(1);
  });

  test.each([400, 404])('%i fails the turn and is not retried', async code => {
    const { end, askings } = await turnWith(`refused-${code}`, [status(code)]);
    expect(end).toMatchObject({ outcome: 'failed', error: { code: 'model_unavailable' } });
    expect(end.error?.message).toContain('DECKHAND_MODEL');
    expect(askings).toHaveLength(1);
  });

  test('a model that stays down fails the turn after the retries; the next prompt works', async () => {
    const { session, end, askings } = await turnWith('down', Array(10).fill(status(500)));
    expect(end).toMatchObject({ outcome: 'failed', error: { code: 'model_unavailable' } });
    expect(askings).toHaveLength(4);
    stack.model.script('up', [done('Up again.')]);
    await stack.send(session.sessionId, 'Again #up');
    expect((await session.finished(2)).data.outcome).toBe('done');
  });

  test('invalid arguments, an unknown tool and missing fields are told to the model, which goes on', async () => {
    stack.model.script('invalid', [
      {
        calls: [
          { tool: 'bash', raw: '{"command": "echo never' },
          { tool: 'teleport', input: { to: 'mars' } },
          { tool: 'write', input: { path: 'x.txt' } },
          bash('echo fine'),
        ],
      },
      done('Went on.'),
    ]);
    const session = await stack.ask('Try #invalid');
    expect((await session.finished()).data.outcome).toBe('done');
    expect(session.all('tool.finished').map(event => event.data.ok)).toEqual([false, false, false, true]);
    const told = stack.model.askings('invalid')[1]?.messages.filter(({ role }) => role === 'tool') ?? [];
    expect(told.map(({ text }) => text)).toEqual([
      expect.stringContaining('not valid JSON'),
      expect.stringContaining('no tool teleport'),
      expect.stringContaining('content'),
      expect.stringContaining('fine'),
    ]);
  });

  test('an answer with nothing in it is asked for once more, then the turn fails and says so', async () => {
    stack.model.script('empty', [{}]);
    const session = await stack.ask('Say nothing #empty');
    const end = (await session.finished()).data;
    expect(end).toMatchObject({ outcome: 'failed', error: { code: 'model_unavailable' } });
    expect(end.error?.message).toContain('nothing');
    expect(stack.model.askings('empty')).toHaveLength(2);
    expect(session.all('message.done')).toEqual([]);
    stack.model.script('after-empty', [done('Here.')]);
    await stack.send(session.sessionId, 'And now #after-empty');
    expect((await session.finished(2)).data.outcome).toBe('done');
  });
});

describe('limits of a turn', () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await openStack({ DECKHAND_TURN_TOKENS: '1000', DECKHAND_TURN_STEPS: '5' });
  });
  afterAll(() => stack.dispose());

  test('the deadline kills the command and ends the turn over budget', async () => {
    stack.model.script('late', [{ calls: [bash('sleep 1041')] }]);
    const session = await stack.ask('Take long #late', { budget: { timeMs: 2_500 } });
    const end = await session.finished();
    expect(end.data).toMatchObject({ outcome: 'over_budget' });
    expect(end.data.error?.message).toContain('Time budget reached');
    expect(session.all('tool.finished')[0]?.data.ok).toBe(false);
  });

  test('tokens of all steps count; work so far is kept', async () => {
    const usage = { input: 550, output: 10 };
    stack.model.script('tokens', [
      { usage, calls: [write('a.txt', 'a')] },
      { usage, calls: [write('b.txt', 'b')] },
      done('never said'),
    ]);
    const session = await stack.ask('Spend #tokens');
    expect((await session.finished()).data).toMatchObject({ outcome: 'over_budget', usage: { steps: 2 } });
    stack.model.script('kept', [{ calls: [bash('cat a.txt b.txt')] }, done()]);
    await stack.send(session.sessionId, 'Look #kept');
    await session.finished(2);
    expect(session.all('tool.finished').at(-1)?.data.output).toContain('ab');
  });

  test('a session’s own budget counts before the server’s', async () => {
    stack.model.script('own', [{ calls: [bash('true')] }, done('never said')]);
    const session = await stack.ask('Spend #own', { budget: { tokens: 50 } });
    expect((await session.finished()).data).toMatchObject({ outcome: 'over_budget', usage: { steps: 1 } });
  });

  test('a model that calls tools for ever is ended after the steps allowed', async () => {
    stack.model.script('loop', () => ({ calls: [bash('true')], usage: { input: 1, output: 1 } }));
    const session = await stack.ask('Loop #loop');
    expect((await session.finished()).data).toMatchObject({ outcome: 'over_budget', usage: { steps: 5 } });
  });
});
