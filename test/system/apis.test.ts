import { LLMock } from '@copilotkit/aimock';
import { newRequestId } from '@deckhand/shared/client';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { bash, done, gate, write } from '../emulators/model/index.ts';
import { sampleGit } from '../support/git.ts';
import { checkLog, readLog } from '../support/invariants.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { openStack, type Stack } from '../support/stack.ts';
import { watch } from '../support/watch.ts';

const awkward = 'quote " backslash \\ tab \t snow ☃ family 👩‍👩‍👧 end\n';

describe.each(['responses', 'chat'] as const)('over the %s API', api => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await openStack({ DECKHAND_MODEL_API: api });
  });
  afterAll(() => stack.dispose());

  test('calls split at awkward places arrive whole, several in one answer', async () => {
    stack.model.script('split', [
      {
        say: ['Snow ☃ and ', '👩‍👩‍👧', ' words.'],
        noise: true,
        bytesPerWrite: 7,
        calls: [
          write('awkward.txt', awkward),
          bash("printf 'a\\tb ☃'"),
          { tool: 'read', input: { path: 'README.md' } },
        ],
      },
      done('Ende ☃.'),
    ]);
    const session = await stack.ask('Write it #split');
    expect((await session.finished()).data).toMatchObject({
      outcome: 'done',
      usage: { steps: 2, inputTokens: 200, outputTokens: 20 },
    });
    expect(stack.model.askings('split').map(asking => asking.api)).toEqual([api, api]);
    expect(session.all('message.done').map(event => event.data.text)).toEqual([
      'Snow ☃ and 👩‍👩‍👧 words.',
      'Ende ☃.',
    ]);
    const branch = session.all('change.opened')[0]?.data.branch ?? '';
    expect(`${await sampleGit(stack.server.dataDir, 'show', `${branch}:awkward.txt`)}\n`).toBe(awkward);
    const results = stack.model.askings('split')[1]?.messages.filter(({ role }) => role === 'tool') ?? [];
    expect(results).toHaveLength(3);
    expect(results[1]?.text).toContain('a\tb ☃');
  });

  test('its own words and calls come back to the model in the next step', async () => {
    const [, second] = stack.model.askings('split');
    const answer = second?.messages.find(({ role }) => role === 'assistant');
    expect(answer?.text).toBe('Snow ☃ and 👩‍👩‍👧 words.');
    expect(answer?.calls.map(call => call.tool)).toEqual(['write', 'bash', 'read']);
    expect(JSON.parse(answer?.calls[0]?.arguments ?? '')).toEqual({ path: 'awkward.txt', content: awkward });
  });

  test('what it thinks streams by itself, and ends as one event beside its words', async () => {
    const hold = gate();
    stack.model.script('thinks', [{ thinks: ['Let me ', hold.wait, 'see.'], say: ['Seen.'] }]);
    const session = await stack.ask('Look #thinks');
    await session.until(
      view => view.drafts.some(({ kind, text }) => kind === 'reasoning' && text === 'Let me '),
      'its thought',
    );
    hold.open();
    expect((await session.finished()).data.outcome).toBe('done');
    expect(session.all('reasoning.done').map(({ data }) => data.text)).toEqual(['Let me see.']);
    expect(session.all('message.done').map(({ data }) => data.text)).toEqual(['Seen.']);
    expect(session.view().drafts).toEqual([]);
    const kinds = session.view().items.map(({ kind }) => kind);
    expect(kinds.indexOf('reasoning')).toBe(kinds.indexOf('message') - 1);
    checkLog(await readLog(stack.client, session.sessionId));
  });
});

describe.each(['responses', 'chat'] as const)('a model server of other hands over the %s API', api => {
  let mock: LLMock;
  let server: TestServer;
  beforeAll(async () => {
    mock = new LLMock({ port: 0 });
    mock.addFixture({
      match: { userMessage: 'aimock', hasToolResult: false },
      response: {
        content: 'Two calls at once.',
        toolCalls: [
          { name: 'bash', arguments: JSON.stringify({ command: 'echo one ☃' }) },
          { name: 'write', arguments: JSON.stringify({ path: 'two.txt', content: 'two "☃"\n' }) },
        ],
      },
    });
    mock.addFixture({
      match: { userMessage: 'aimock', hasToolResult: true },
      response: { content: 'Both are done.' },
    });
    await mock.start();
    server = await startServer({
      OPENAI_API_KEY: 'sk-aimock-key',
      OPENAI_BASE_URL: `${mock.url}/v1`,
      DECKHAND_MODEL: 'gpt-4o',
      DECKHAND_MODEL_API: api,
    });
  });
  afterAll(async () => {
    await server.dispose();
    await mock.stop();
  });

  test('a prompt becomes a change', async () => {
    const client = server.client();
    const created = await client.http['session.create']({
      requestId: newRequestId(),
      repo: 'sample',
      prompt: 'Please aimock',
    });
    if (!created.ok) throw new Error(created.message);
    const session = watch(client, created.session.id);
    expect((await session.finished()).data.outcome).toBe('done');
    expect(session.all('message.done').at(-1)?.data.text).toBe('Both are done.');
    expect(session.all('tool.finished').map(event => event.data.ok)).toEqual([true, true]);
    const branch = session.all('change.opened')[0]?.data.branch ?? '';
    expect(await sampleGit(server.dataDir, 'show', `${branch}:two.txt`)).toBe('two "☃"');
  });
});
