import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { done, gate } from '../emulators/model/index.ts';
import { openStack, type Stack } from '../support/stack.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await openStack({
    DECKHAND_MODELS: 'scripted-2',
    DECKHAND_PRICES: JSON.stringify({
      'scripted-1': { input: 2, cachedInput: 0.5, output: 10 },
      'scripted-2': { input: 7, cachedInput: 0.5, output: 10 },
    }),
    // No sandbox is needed here.
    DOCKER_HOST: 'unix:///nowhere/docker.sock',
  });
});
afterAll(() => stack?.dispose());

test('a turn says what it cost, and when the first word of its model came', async () => {
  const hold = gate();
  stack.model.script('priced', [{ say: ['One ', hold.wait, 'two'], usage: { input: 3_000, output: 500 } }]);
  const session = await stack.ask('Say it #priced');
  await session.until(view => view.drafts.some(draft => draft.text === 'One '), 'the first word');
  const seenAt = Date.now();
  hold.open();
  const { at, data } = await session.finished();
  expect(data).toMatchObject({ outcome: 'done', usage: { inputTokens: 3_000, outputTokens: 500 } });
  expect(data.costUsd).toBe(0.011);
  const started = await session.event('turn.started');
  const firstMs = Date.parse(data.firstTokenAt ?? '');
  expect(firstMs).toBeGreaterThanOrEqual(Date.parse(started.at));
  expect(firstMs).toBeLessThanOrEqual(Math.min(seenAt, Date.parse(at)));
});

test('kill -9 after the first word: it is still the first word, and each model call that counted is paid once', async () => {
  const never = gate();
  stack.model.script('again', [
    {
      faults: [{ fault: 'cut', say: ['Half', never.wait] }],
      ...done('Whole.'),
      usage: { input: 1_000, output: 0 },
    },
  ]);
  const session = await stack.ask('Say it #again');
  await session.until(view => view.drafts.some(draft => draft.text === 'Half'), 'the first word');
  await stack.server.crash();
  const crashedMs = Date.now();
  await stack.server.restart();
  const { data } = await session.finished();
  expect(data).toMatchObject({ outcome: 'done', costUsd: 0.002 });
  expect(Date.parse(data.firstTokenAt ?? '')).toBeLessThan(crashedMs);
});

const modelsOf = (name: string) => stack.model.askings(name).map(({ model }) => model);

test('a session has its model, a prompt may have another, and each turn costs what its own one does', async () => {
  const usage = { input: 1_000_000, output: 0 };
  for (const name of ['first', 'second', 'third']) stack.model.script(name, [{ ...done('Said.'), usage }]);
  const session = await stack.ask('Say #first', { model: 'scripted-2' });
  expect((await session.finished(1)).data.costUsd).toBe(7);
  await stack.send(session.sessionId, 'Say #second', { model: 'scripted-1' });
  expect((await session.finished(2)).data.costUsd).toBe(2);
  await stack.send(session.sessionId, 'Say #third');
  expect((await session.finished(3)).data.costUsd).toBe(7);
  expect(session.all('turn.started').map(({ data }) => data.model)).toEqual([
    ...['scripted-2', 'scripted-1', 'scripted-2'],
  ]);
  expect(['first', 'second', 'third'].flatMap(modelsOf)).toEqual(['scripted-2', 'scripted-1', 'scripted-2']);
  // It went on where the other left off.
  const read = stack.model.askings('third')[0]?.messages ?? [];
  expect(read.filter(({ role }) => role === 'assistant').map(({ text }) => text)).toEqual(['Said.', 'Said.']);
  expect(session.view().head).toMatchObject({ model: 'scripted-2' });
  expect(session.all('prompt.queued').map(({ data }) => data.model)).toEqual([
    ...[undefined, 'scripted-1', undefined],
  ]);
});

test('prompts for different models are no one turn', async () => {
  const hold = gate();
  stack.model.script('busy', [{ say: ['On it', hold.wait] }]);
  stack.model.script('one', [done('One.')]);
  stack.model.script('two', [done('Two.')]);
  const session = await stack.ask('Begin #busy');
  await session.until(view => view.drafts.length > 0, 'that it runs');
  await stack.send(session.sessionId, 'Then #one', { model: 'scripted-2' });
  await stack.send(session.sessionId, 'And #two');
  hold.open();
  await session.finished(3);
  expect(session.all('turn.started').map(({ data }) => data.model)).toEqual([
    ...['scripted-1', 'scripted-2', 'scripted-1'],
  ]);
});

test('a model that is not there is refused with those that are; me names them', async () => {
  const refused = await stack.client.http['session.create']({
    ...{ requestId: 'no-such-model', repo: 'sample', prompt: 'Say it', model: 'gpt-9' },
  });
  expect(refused).toMatchObject({
    ok: false,
    code: 'bad_request',
    message: 'There is no model gpt-9 here. There are: scripted-1, scripted-2.',
  });
  const me = await stack.client.http.me({});
  expect(me).toMatchObject({ model: 'scripted-1', models: ['scripted-1', 'scripted-2'] });
});
