import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { bash, done, todo, write } from '../emulators/model/index.ts';
import { sampleGit } from '../support/git.ts';
import { checkLog, readLog } from '../support/invariants.ts';
import { redisOf } from '../support/redis.ts';
import { process } from '../support/sandbox.ts';
import { openStack, type Stack } from '../support/stack.ts';
import { fork, rewind, snapshotOf, turnsOf } from '../support/turns.ts';
import { type Watch, watch } from '../support/watch.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await openStack();
  const { model } = stack;
  const keep = bash('mkdir -p cache; echo cache > .gitignore; echo first > cache/ignored.txt');
  model.script('first', [{ calls: [write('notes.txt', 'first\n'), keep] }, done('First done.')]);
  const more = bash('echo second >> notes.txt; echo second >> cache/ignored.txt');
  model.script('second', [{ calls: [more, write('other.txt', 'other\n')] }, done('Second done.')]);
  model.script('look', [{ calls: [look] }, done('Looked.')]);
  model.script('talk', [done('Only words.')]);
});
afterAll(() => stack.dispose());

const look = bash('cat notes.txt cache/ignored.txt; ls; git branch --show-current; echo "more" >> notes.txt');
const lastOutput = (session: Watch) => session.all('tool.finished').at(-1)?.data.output;

/** Two turns that changed files, one of them ignored by git, and their snapshots. */
async function twoTurns(): Promise<Watch> {
  const session = await stack.ask('Begin #first');
  await session.finished();
  await snapshotOf(stack.client, session.sessionId, 1);
  await stack.send(session.sessionId, 'Go on #second');
  await session.finished(2);
  await snapshotOf(stack.client, session.sessionId, 2);
  return session;
}

const turnId = async (session: Watch, n: number) =>
  (await turnsOf(stack.client, session.sessionId))[n - 1]?.turnId ?? '';

test('files, what git ignores and what the model reads go back; branch and log stay as they were', async () => {
  const session = await twoTurns();
  const { sessionId } = session;
  const before = await readLog(stack.client, sessionId);
  const branch = (await session.event('change.opened')).data.branch;
  const pushed = await sampleGit(stack.server.dataDir, 'rev-parse', branch);
  expect(await rewind(stack.client, sessionId, await turnId(session, 1))).toMatchObject({
    state: 'asleep',
    branch: `deckhand/${sessionId}-2`,
  });
  const view = await session.until(shown => shown.head.state === 'asleep', 'the rewind');
  expect(view.head.files.map(({ path }) => path)).toEqual(['.gitignore', 'notes.txt']);
  const undone = view.items.filter(item => item.undone);
  expect(undone.flatMap(item => (item.kind === 'prompt' ? item.text : []))).toEqual(['Go on #second']);
  expect((await readLog(stack.client, sessionId)).slice(0, before.length)).toEqual(before);

  await stack.send(sessionId, 'Look #look');
  expect((await session.finished(3)).data.outcome).toBe('done');
  expect(lastOutput(session)).toBe(
    `first\nfirst\nAGENTS.md\nREADME.md\ncache\nnotes.txt\npackage.json\nsrc\ntest\ndeckhand/${sessionId}-2\n`,
  );
  const read =
    stack.model
      .askings('look')
      .at(0)
      ?.messages.map(({ text }) => text) ?? [];
  expect(read.some(text => text.includes('#first'))).toBe(true);
  expect(read.some(text => text.includes('#second') || text.includes('Second done'))).toBe(false);
  expect(
    session
      .all('sandbox.state')
      // Whether a command has to wait long enough to say so depends on the machine.
      .filter(({ data }) => data.from !== undefined)
      .slice(-2)
      .map(({ data }) => data),
  ).toMatchObject([
    { state: 'restoring', from: 'snapshot' },
    { state: 'ready', from: 'snapshot' },
  ]);
  expect(await sampleGit(stack.server.dataDir, 'rev-parse', branch)).toBe(pushed);
  expect(await sampleGit(stack.server.dataDir, 'show', `${branch}:other.txt`)).toBe('other');
  expect(await sampleGit(stack.server.dataDir, 'show', `deckhand/${sessionId}-2:notes.txt`)).toBe(
    'first\nmore',
  );
  checkLog(await readLog(stack.client, sessionId));
});

test('a rewind can be undone: forward again to a turn that was undone', async () => {
  const session = await twoTurns();
  const { sessionId } = session;
  await rewind(stack.client, sessionId, await turnId(session, 1));
  await stack.send(sessionId, 'Talk #talk');
  await session.finished(3);
  await rewind(stack.client, sessionId, await turnId(session, 2));
  await stack.send(sessionId, 'Look #look');
  expect((await session.finished(4)).data.outcome).toBe('done');
  expect(lastOutput(session)).toContain('first\nsecond\nfirst\nsecond\n');
  const read =
    stack.model
      .askings('look')
      .at(-1)
      ?.messages.map(({ text }) => text) ?? [];
  expect(read.some(text => text.includes('#second'))).toBe(true);
  expect(read.some(text => text.includes('#talk'))).toBe(false);
  const turns = await turnsOf(stack.client, sessionId);
  expect(turns.map(({ n, undone }) => [n, undone])).toEqual([
    [1, false],
    [2, false],
    [3, true],
    [4, false],
  ]);
  const prompts = session.view().items.filter(item => item.kind === 'prompt');
  expect(prompts.map(item => item.undone === true)).toEqual([false, false, true, false]);
  checkLog(await readLog(stack.client, sessionId));
});

test('a rewind to where the session stands changes nothing, and one to an unknown turn is not found', async () => {
  const session = await stack.ask('Talk #talk');
  await session.finished();
  // The sandbox that was got for it may still say how far it is.
  const said = async () =>
    (await readLog(stack.client, session.sessionId)).filter(({ type }) => type !== 'sandbox.state');
  const before = await said();
  await rewind(stack.client, session.sessionId, await turnId(session, 1));
  expect(await said()).toEqual(before);
  const input = { sessionId: session.sessionId, turnId: 'trn_000000' };
  expect(await stack.client.http['session.rewind'](input)).toMatchObject({
    code: 'not_found',
    message: 'There is no turn trn_000000 in this session that has ended.',
  });
});

test('while a turn runs or prompts wait a rewind says what to do first', async () => {
  stack.model.script('busy', [{ calls: [bash('sleep 1033')] }, done()]);
  const session = await stack.ask('Talk #talk');
  await session.finished();
  const input = { sessionId: session.sessionId, turnId: await turnId(session, 1) };
  await stack.send(session.sessionId, 'Work #busy');
  await process(session.sessionId, 'sleep 1033', 'runs');
  const refused = await stack.client.http['session.rewind'](input);
  expect(refused).toMatchObject({
    code: 'bad_request',
    message: 'A turn runs in this session. Stop it first, then rewind.',
  });
  await stack.stop(session.sessionId);
  await session.finished(2);
  expect(await stack.client.http['session.rewind'](input)).toMatchObject({ ok: true });
});

test('a prompt and a rewind at the same moment: one comes first, and the turn starts from where that left it', async () => {
  for (let round = 0; round < 5; round++) {
    const session = await stack.ask('Talk #talk');
    await session.finished();
    await stack.send(session.sessionId, 'Talk again #talk');
    await session.finished(2);
    const input = { sessionId: session.sessionId, turnId: await turnId(session, 1) };
    const [rewound] = await Promise.all([
      stack.client.http['session.rewind'](input),
      stack.send(session.sessionId, `Which? #which${round}`),
    ]);
    stack.model.script(`which${round}`, [done('Said.')]);
    expect((await session.finished(3)).data.outcome).toBe('done');
    const read = stack.model.askings(`which${round}`).at(-1)?.messages ?? [];
    const again = read.some(({ text }) => text.includes('Talk again'));
    expect(again).toBe(!rewound.ok);
    if (!rewound.ok) expect(rewound.code).toBe('bad_request');
    checkLog(await readLog(stack.client, session.sessionId));
  }
});

test('back at a question, it can be answered differently', async () => {
  const input = { question: 'Left or right?', choices: ['Left', 'Right'] };
  stack.model.script('ask', [{ calls: [{ tool: 'ask', input }] }]);
  const session = await stack.ask('Choose #ask');
  await session.finished();
  await stack.send(session.sessionId, 'Left #talk');
  await session.finished(2);
  expect(await rewind(stack.client, session.sessionId, await turnId(session, 1))).toMatchObject({
    state: 'waiting',
  });
  const { head } = await session.until(view => view.head.state === 'waiting', 'the question');
  expect(head).toMatchObject({ question: 'Left or right?', choices: ['Left', 'Right'] });
});

test('without its snapshot a rewind brings back what git knows, and says so', async () => {
  const session = await twoTurns();
  const { sessionId } = session;
  const first = await turnId(session, 1);
  const redis = await redisOf(stack.server);
  await redis.hdel('dh:snapshots', `turn-${first}`);
  redis.disconnect();
  await rewind(stack.client, sessionId, first);
  expect((await session.event('notice')).data.text).toContain('no snapshot of that turn');
  await stack.send(sessionId, 'Look #look');
  expect((await session.finished(3)).data.outcome).toBe('done');
  expect(lastOutput(session)).toMatch(/^first\ncat: cache\/ignored.txt: No such file/);
});

test('kill -9 of the server while it rewinds: the session stands at one turn or the other, and goes on', async () => {
  for (const waitMs of [0, 15, 40]) {
    const session = await twoTurns();
    const { sessionId } = session;
    const input = { sessionId, turnId: await turnId(session, 1) };
    const asked = stack.client.http['session.rewind'](input);
    await sleep(waitMs);
    await stack.server.crash();
    await stack.server.restart();
    await asked;
    expect(await rewind(stack.client, sessionId, input.turnId)).toMatchObject({ state: 'asleep' });
    expect(await readLog(stack.client, sessionId).then(log => log.filter(isRewind))).toHaveLength(1);
    await stack.send(sessionId, 'Look #look');
    expect((await session.finished(3)).data.outcome).toBe('done');
    expect(lastOutput(session)).toMatch(/^first\nfirst\nAGENTS/);
    checkLog(await readLog(stack.client, sessionId));
  }
});

const isRewind = ({ type }: { type: string }) => type === 'session.rewound';

test('kill -9 right at the end of a turn, its snapshot on its way: nothing is lost, and the next turn has one', async () => {
  const session = await stack.ask('Begin #first');
  await session.finished();
  await stack.server.crash();
  await stack.server.restart();
  await stack.send(session.sessionId, 'Go on #second');
  expect((await session.finished(2)).data.outcome).toBe('done');
  await snapshotOf(stack.client, session.sessionId, 2);
  await stack.send(session.sessionId, 'Look #look');
  await session.finished(3);
  expect(lastOutput(session)).toContain('first\nsecond\nfirst\nsecond\n');
});

test('the agent’s todo list is in the log, goes back with a rewind, and along into a fork', async () => {
  const { model, client } = stack;
  model.script('list-1', [
    { calls: [todo(['Read', 'in_progress'], ['Mend', 'pending'])] },
    { calls: [todo(['Read', 'done'], ['Mend', 'in_progress'])] },
    done('Half of it.'),
  ]);
  const tooLong = Array.from({ length: 41 }, (_, i): [string, string] => [`Step ${i}`, 'pending']);
  model.script('list-2', [
    { calls: [todo(...tooLong)] },
    { calls: [todo(['Read', 'done'], ['Mend', 'done'], ['Polish', 'dropped'])] },
    done('All of it.'),
  ]);
  model.script('list-3', [done('Went on.')]);
  const session = await stack.ask('Begin #list-1');
  const first = await session.finished();
  const half = [
    { text: 'Read', status: 'done' },
    { text: 'Mend', status: 'in_progress' },
  ];
  expect(session.view().head.todos).toEqual(half);
  await stack.send(session.sessionId, 'Go on #list-2');
  await session.finished(2);
  // One that is too long changes nothing, and the agent is told.
  expect(session.all('tool.finished').map(({ data }) => [data.ok, data.summary])).toEqual([
    [true, '0 of 2 done'],
    [true, '1 of 2 done'],
    [false, 'Arguments were not valid'],
    [true, '2 of 2 done'],
  ]);
  expect(session.all('todo.updated').map(({ data }) => data.items.length)).toEqual([2, 2, 3]);
  const all = session.view().head.todos;
  expect(all.at(-1)).toEqual({ text: 'Polish', status: 'dropped' });

  const made = watch(client, (await fork(client, session.sessionId, first.data.turnId)).id);
  await made.event('session.forked');
  expect(made.view().head.todos).toEqual(half);
  await rewind(client, session.sessionId, first.data.turnId);
  await session.event('session.rewound');
  const view = await session.until(({ head }) => head.todos.length === 2, 'the list of then');
  expect(view.head.todos).toEqual(half);
  // Whoever comes late sees the same; the server's own fold is the same.
  const answer = await client.http['session.view']({ sessionId: session.sessionId });
  expect(answer.ok && answer.head.todos).toEqual(half);
  await rewind(client, session.sessionId, await turnId(session, 2));
  await session.until(({ head }) => head.todos.length === 3, 'the list of later');
  // What was worked off does not come into the next turn.
  await stack.send(session.sessionId, 'More #list-3');
  await session.finished(3);
  expect(session.view().head.todos).toEqual([]);
  checkLog(await readLog(client, session.sessionId));
});
