import { limits } from '@deckhand/shared';
import { newRequestId } from '@deckhand/shared/client';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { bash, done, gate, write } from '../emulators/model/index.ts';
import { sampleGit } from '../support/git.ts';
import { checkLog, readLog } from '../support/invariants.ts';
import { openStack, type Stack } from '../support/stack.ts';
import type { Watch } from '../support/watch.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await openStack();
});
afterAll(() => stack.dispose());

const ada = { provider: 'test', id: 'ada', name: 'Ada Byron' };
const grace = { provider: 'test', id: 'grace', name: 'Grace Hopper' };

/** A session whose first turn waits until `open` is called. */
async function busy(marker: string): Promise<{ session: Watch; open: () => void }> {
  const hold = gate();
  stack.model.script(marker, [{ say: ['Busy', hold.wait, '.'] }]);
  const session = await stack.ask(`Wait #${marker}`);
  await session.event('turn.started');
  return { session, open: hold.open };
}

test('prompts of one author that wait together are taken in one turn', async () => {
  const { session, open } = await busy('one-author');
  stack.model.script('together', [done('Both read.')]);
  const first = await stack.send(session.sessionId, 'First thing');
  const second = await stack.send(session.sessionId, 'Second thing #together');
  expect([first.position, second.position]).toEqual([1, 2]);
  open();
  await session.finished(2);
  expect(session.all('turn.started')[1]?.data.promptIds).toEqual([first.promptId, second.promptId]);
  const said = stack.model.askings('together')[0]?.messages.filter(({ role }) => role === 'user') ?? [];
  expect(said.slice(-2).map(({ text }) => text.split(': ')[1])).toEqual([
    'First thing',
    'Second thing #together',
  ]);
});

test('prompts of different authors are turns of their own, in order, with commits of their own', async () => {
  const { session, open } = await busy('authors');
  stack.model.script('ada', [{ calls: [write('ADA.md', 'a\n')] }, done('A.')]);
  stack.model.script('grace', [{ calls: [write('GRACE.md', 'g\n')] }, done('G.')]);
  stack.model.script('ada-2', [{ calls: [write('ADA.md', 'aa\n')] }, done('AA.')]);
  await stack.send(session.sessionId, 'Mine #ada', { onBehalfOf: ada });
  await stack.send(session.sessionId, 'Mine too #grace', { onBehalfOf: grace });
  await stack.send(session.sessionId, 'Again #ada-2', { onBehalfOf: ada });
  const queue = await session.until(view => view.head.queue.length === 3, 'three that wait');
  expect(queue.head.queue.map(prompt => prompt.author.name)).toEqual([
    'Ada Byron',
    'Grace Hopper',
    'Ada Byron',
  ]);
  open();
  await session.finished(4);
  const branch = session.all('change.opened')[0]?.data.branch ?? '';
  const authors = await sampleGit(
    stack.server.dataDir,
    'log',
    '--reverse',
    '--format=%an|%cn',
    `main..${branch}`,
  );
  expect(authors.split('\n')).toEqual([
    'Ada Byron|Ada Byron',
    'Grace Hopper|Grace Hopper',
    'Ada Byron|Ada Byron',
  ]);
  expect(session.all('change.opened')).toHaveLength(1);
  const via = session.all('prompt.queued').map(event => event.actor);
  expect(via[1]).toEqual({ kind: 'user', userId: 'test:ada', name: 'Ada Byron', via: 'cli' });
  checkLog(await readLog(stack.client, session.sessionId));
});

test('a waiting prompt can be edited and cancelled; one that ran cannot', async () => {
  const { session, open } = await busy('edits');
  const { sessionId } = session;
  stack.model.script('edited', [done('Edited.')]);
  const kept = await stack.send(sessionId, 'Old words');
  const dropped = await stack.send(sessionId, 'Drop this');
  const { http } = stack.client;
  expect(
    await http['prompt.edit']({ sessionId, promptId: kept.promptId, text: 'New words #edited' }),
  ).toEqual({
    ok: true,
  });
  expect(await http['prompt.cancel']({ sessionId, promptId: dropped.promptId })).toEqual({ ok: true });
  const other = await http['prompt.edit']({
    sessionId,
    promptId: kept.promptId,
    text: 'Not mine',
    onBehalfOf: ada,
  });
  expect(other).toMatchObject({ ok: false, code: 'not_found' });
  open();
  await session.finished(2);
  expect(session.all('turn.started')[1]?.data.promptIds).toEqual([kept.promptId]);
  const texts =
    stack.model
      .askings('edited')[0]
      ?.messages.map(({ text }) => text)
      .join('\n') ?? '';
  expect(texts).toContain('New words');
  expect(texts).not.toMatch(/Old words|Drop this|Not mine/);
  const late = await http['prompt.cancel']({ sessionId, promptId: kept.promptId });
  expect(late).toMatchObject({ ok: false, code: 'not_found' });
  checkLog(await readLog(stack.client, sessionId));
});

test('twenty prompts wait, the next is refused, and nothing is lost', async () => {
  const { session, open } = await busy('full');
  const { sessionId } = session;
  stack.model.script('last', [done('Read all.')]);
  const ids: string[] = [];
  for (let i = 1; i <= limits.waitingPrompts; i++) {
    const sent = await stack.send(
      sessionId,
      i === limits.waitingPrompts ? `Prompt ${i} #last` : `Prompt ${i}`,
    );
    expect(sent.position).toBe(i);
    ids.push(sent.promptId);
  }
  const refused = await stack.client.http['prompt.send']({
    sessionId,
    requestId: newRequestId(),
    text: 'One too many',
  });
  expect(refused).toMatchObject({ ok: false, code: 'queue_full', retryable: true });
  open();
  await session.finished(2);
  expect(session.all('turn.started')[1]?.data.promptIds).toEqual(ids);
});

test('twenty tries of one request at once are one prompt', async () => {
  const { session, open } = await busy('retries');
  const requestId = newRequestId();
  const once = { sessionId: session.sessionId, requestId, text: 'Once' };
  const { http, command } = stack.client;
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, i) => (i % 2 ? command('prompt.send', once) : http['prompt.send'](once))),
  );
  expect(new Set(answers.map(answer => answer.ok && answer.promptId)).size).toBe(1);
  expect(answers.every(answer => answer.ok)).toBe(true);
  const other = await stack.client.http['prompt.send']({
    sessionId: session.sessionId,
    requestId,
    text: 'Something else',
  });
  expect(other).toMatchObject({ ok: false, code: 'request_conflict' });
  open();
  await session.finished(2);
  expect(session.all('prompt.queued').filter(event => event.data.text === 'Once')).toHaveLength(1);
});

test('twenty tries to create one session at once are one session with one prompt', async () => {
  stack.model.script('created', [done('Once.')]);
  const requestId = newRequestId();
  const answers = await Promise.all(
    Array.from({ length: 20 }, () =>
      stack.client.http['session.create']({ requestId, repo: 'sample', prompt: 'Create #created' }),
    ),
  );
  const ids = new Set(answers.map(answer => answer.ok && `${answer.session.id} ${answer.promptId}`));
  expect([...ids]).toHaveLength(1);
  expect([...ids][0]).toMatch(/^ses_\w+ prm_\w+$/);
  const conflict = await stack.client.http['session.create']({ requestId, repo: 'sample', prompt: 'Other' });
  expect(conflict).toMatchObject({ ok: false, code: 'request_conflict' });
});

test('sessions run side by side, each in a sandbox of its own', async () => {
  const hold = gate();
  const names = ['left', 'right'];
  for (const name of names)
    stack.model.script(name, [
      { calls: [bash(`echo ${name} > only.txt`)] },
      { say: ['Wait', hold.wait, '.'], calls: [bash('cat only.txt')] },
      done(),
    ]);
  const sessions = await Promise.all(names.map(name => stack.ask(`Go #${name}`)));
  await Promise.all(names.map(name => stack.model.asked(name, 2)));
  hold.open();
  await Promise.all(sessions.map(session => session.finished()));
  expect(sessions.map(session => session.all('tool.finished')[1]?.data.output.trim())).toEqual(names);
});

/** A turn that never ends by itself, with two prompts of two people behind it. */
async function stuckWithTwo(marker: string) {
  stack.model.script(marker, [{ say: ['Stuck', gate().wait] }]);
  stack.model.script(`${marker}-a`, [done('A.')]);
  stack.model.script(`${marker}-b`, [done('B.')]);
  const session = await stack.ask(`Get stuck #${marker}`);
  await session.event('turn.started');
  await stack.send(session.sessionId, `First #${marker}-a`);
  await stack.send(session.sessionId, `Second #${marker}-b`, { onBehalfOf: ada });
  return session;
}

test('what a stop holds waits through a crash, and behind it whatever comes, until it is released', async () => {
  const session = await stuckWithTwo('hold');
  const { sessionId } = session;
  expect(await stack.client.http['turn.stop']({ sessionId, queue: 'hold' })).toMatchObject({ ok: true });
  expect((await session.finished()).data.outcome).toBe('stopped');
  await stack.server.crash();
  await stack.server.restart();
  stack.model.script('hold-c', [done('C.')]);
  await stack.send(sessionId, 'Third #hold-c', { onBehalfOf: grace });
  const held = await session.until(view => view.head.queue.length === 3, 'three that wait');
  expect(held.head.queueHeldBy).not.toBeNull();
  // Another session comes to its end meanwhile, by the same workers: nothing of this one begins.
  stack.model.script('beside', [done('Beside.')]);
  await (await stack.ask('Beside #beside')).finished();
  expect(session.all('turn.started')).toHaveLength(1);
  const { http } = stack.client;
  for (const answer of await Promise.all([
    http['queue.release']({ sessionId }),
    http['queue.release']({ sessionId }),
  ]))
    expect(answer.ok).toBe(true);
  await session.finished(4);
  expect(session.all('message.done').map(({ data }) => data.text)).toEqual(['Stuck', 'A.', 'B.', 'C.']);
  expect(session.view().head.queueHeldBy).toBeNull();
});

test('a stop that clears the queue cancels all that wait; the next prompt runs', async () => {
  const session = await stuckWithTwo('clear');
  const { sessionId } = session;
  expect(await stack.client.http['turn.stop']({ sessionId, queue: 'clear' })).toMatchObject({ ok: true });
  expect((await session.finished()).data.outcome).toBe('stopped');
  await session.event('queue.released');
  expect(session.all('prompt.cancelled')).toHaveLength(2);
  await stack.send(sessionId, 'Go on #clear-a');
  expect((await session.finished(2)).data.outcome).toBe('done');
});

test('where all that was held is cancelled one by one, the next prompt waits for nobody', async () => {
  const session = await stuckWithTwo('emptied');
  const { sessionId } = session;
  await stack.client.http['turn.stop']({ sessionId, queue: 'hold' });
  await session.finished();
  for (const { data } of session.all('prompt.queued').slice(1))
    await stack.client.http['prompt.cancel']({ sessionId, promptId: data.promptId });
  await stack.send(sessionId, 'Go on #emptied-a');
  expect((await session.finished(2)).data.outcome).toBe('done');
});
