import { setTimeout as sleep } from 'node:timers/promises';
import { newRequestId } from '@deckhand/shared/client';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { bash, done, gate, write } from '../emulators/model/index.ts';
import { sampleGit } from '../support/git.ts';
import { checkLog, readLog } from '../support/invariants.ts';
import { redisOf } from '../support/redis.ts';
import { inside } from '../support/sandbox.ts';
import { openStack, type Stack } from '../support/stack.ts';
import { fork, snapshotOf, turnsOf } from '../support/turns.ts';
import { type Watch, watch } from '../support/watch.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await openStack();
  const { model } = stack;
  const keep = bash('mkdir -p cache; echo cache > .gitignore; echo first > cache/ignored.txt; seq 1 9000');
  model.script('first', [{ calls: [write('notes.txt', 'first\n'), keep] }, done('First done.')]);
  const more = bash('echo second >> notes.txt; echo second >> cache/ignored.txt');
  model.script('second', [{ calls: [more] }, done('Second done.')]);
  model.script('look', [{ calls: [bash('cat notes.txt cache/ignored.txt')] }, done('Looked.')]);
  model.script('mine', [
    { calls: [bash('cat notes.txt cache/ignored.txt; git branch --show-current; echo mine >> notes.txt')] },
    done('Mine.'),
  ]);
});
afterAll(() => stack.dispose());

const lastOutput = (session: Watch) => session.all('tool.finished').at(-1)?.data.output;

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

test('a fork begins with the history, files and memory of its turn, and neither touches the other', async () => {
  const session = await twoTurns();
  const first = await session.finished();
  const made = await fork(stack.client, session.sessionId, first.data.turnId);
  expect(made).toMatchObject({ state: 'asleep', repo: 'sample', title: 'Begin #first (fork)', branch: null });
  const source = await readLog(stack.client, session.sessionId);
  const copy = await readLog(stack.client, made.id);
  const prefix = first.seq + 1;
  expect(copy.slice(0, prefix)).toEqual(
    source.slice(0, prefix).map(event => ({ ...event, sessionId: made.id })),
  );
  expect(copy.slice(prefix).map(({ type, data }) => ({ type, data }))).toEqual([
    { type: 'session.titled', data: { title: 'Begin #first (fork)' } },
    { type: 'session.forked', data: { from: session.sessionId, seq: first.seq } },
    { type: 'sandbox.state', data: { state: 'asleep' } },
    { type: 'session.state', data: { state: 'asleep' } },
  ]);
  expect(source.at(-1)).toMatchObject({ type: 'session.forked', data: { to: made.id, seq: first.seq } });

  const forked = watch(stack.client, made.id);
  await stack.send(made.id, 'Mine #mine');
  await forked.finished(2);
  expect(lastOutput(forked)).toBe(`first\nfirst\ndeckhand/${made.id}-1\n`);
  const read =
    stack.model
      .askings('mine')
      .at(0)
      ?.messages.map(({ text }) => text) ?? [];
  expect(read.some(text => text.includes('#first'))).toBe(true);
  expect(read.some(text => text.includes('#second'))).toBe(false);
  expect(forked.view().head.changes.at(-1)?.branch).toBe(`deckhand/${made.id}-1`);
  const { dataDir } = stack.server;
  expect(await sampleGit(dataDir, 'show', `deckhand/${made.id}-1:notes.txt`)).toBe('first\nmine');
  expect(await sampleGit(dataDir, 'show', `deckhand/${session.sessionId}-1:notes.txt`)).toBe('first\nsecond');

  await stack.send(session.sessionId, 'Look #look');
  await session.finished(3);
  expect(lastOutput(session)).toBe('first\nsecond\nfirst\nsecond\n');
  const { items } = forked.view();
  expect(items.some(item => item.undone)).toBe(false);
  for (const id of [session.sessionId, made.id]) checkLog(await readLog(stack.client, id));
});

test('the whole of a long output can be downloaded from the fork too', async () => {
  const session = await twoTurns();
  const { artifactId } = (await session.event('artifact.created')).data;
  const made = await fork(stack.client, session.sessionId, await turnId(session, 1));
  const url = `${stack.server.url}/api/sessions/${made.id}/artifacts/${artifactId}`;
  const answer = await fetch(url, { headers: { authorization: `Bearer ${stack.server.token}` } });
  expect((await answer.text()).trim().split('\n')).toHaveLength(9000);
});

test('an earlier turn of a running session is forked while it runs; what waits there stays there', async () => {
  const session = await twoTurns();
  stack.model.script('busy', [{ calls: [bash('until [ -e /tmp/go ]; do sleep 0.05; done # 1034')] }, done()]);
  await stack.send(session.sessionId, 'Work #busy');
  await session.event('tool.started', 4);
  await stack.send(session.sessionId, 'Wait #look');
  const made = await fork(stack.client, session.sessionId, await turnId(session, 2));
  const forked = watch(stack.client, made.id);
  await stack.send(made.id, 'Look #look');
  await forked.finished(3);
  expect(lastOutput(forked)).toBe('first\nsecond\nfirst\nsecond\n');
  expect(session.view().head.turn).not.toBeNull();
  await inside(session.sessionId, 'touch /tmp/go');
  await session.finished(4);
  for (const id of [session.sessionId, made.id]) checkLog(await readLog(stack.client, id));
});

test('a prompt that waited when the turn ended is cancelled in the fork and runs in the source', async () => {
  const hold = gate();
  stack.model.script('held', [{ say: ['Held', hold.wait] }]);
  const session = await stack.ask('Hold #held');
  await session.until(view => view.drafts.length > 0, 'words');
  await stack.send(session.sessionId, 'Wait #second');
  hold.open();
  await session.finished(2);
  const made = await fork(stack.client, session.sessionId, await turnId(session, 1));
  const forked = watch(stack.client, made.id);
  const view = await forked.until(({ items }) => items.some(item => item.kind === 'mark'), 'the fork');
  expect(view.head.queue).toEqual([]);
  expect(forked.all('prompt.cancelled')).toHaveLength(1);
  expect(session.all('prompt.cancelled')).toHaveLength(0);
  checkLog(await readLog(stack.client, made.id));
});

test('the same request is the same fork, however often and however concurrently it is sent', async () => {
  const session = await twoTurns();
  const [first, second] = [await turnId(session, 1), await turnId(session, 2)];
  const requestId = newRequestId();
  const asked = Array.from({ length: 5 }, () => fork(stack.client, session.sessionId, first, requestId));
  const ids = new Set((await Promise.all(asked)).map(({ id }) => id));
  expect(ids.size).toBe(1);
  expect(
    await stack.client.http['session.fork']({ sessionId: session.sessionId, turnId: second, requestId }),
  ).toMatchObject({ code: 'request_conflict' });
  const log = await readLog(stack.client, session.sessionId);
  expect(log.filter(({ type }) => type === 'session.forked')).toHaveLength(1);
});

test('an unknown turn is not found, in a sentence', async () => {
  const session = await twoTurns();
  const input = { sessionId: session.sessionId, turnId: 'trn_000000', requestId: newRequestId() };
  expect(await stack.client.http['session.fork'](input)).toMatchObject({
    code: 'not_found',
    message: 'There is no turn trn_000000 in this session that has ended.',
  });
});

test('kill -9 while forks are made: no half session is to be seen, and the same request completes each', async () => {
  const session = await twoTurns();
  const first = await turnId(session, 1);
  for (const waitMs of [0, 4, 12, 30]) {
    const requestId = newRequestId();
    const input = { sessionId: session.sessionId, turnId: first, requestId };
    const asked = stack.client.http['session.fork'](input);
    await sleep(waitMs);
    await stack.server.crash();
    await stack.server.restart();
    await asked;
    const listed = await stack.client.http['session.list']({});
    for (const { id } of listed.ok ? listed.sessions : []) checkLog(await readLog(stack.client, id));
    const made = await fork(stack.client, session.sessionId, first, requestId);
    const forked = watch(stack.client, made.id);
    await stack.send(made.id, 'Look #look');
    await forked.finished(2);
    expect(lastOutput(forked)).toBe('first\nfirst\n');
    const log = await readLog(stack.client, session.sessionId);
    expect(log.filter(({ data }) => (data as { to?: string }).to === made.id)).toHaveLength(1);
  }
});

test('a snapshot that is deleted under a fork: it starts with what git knows, and says so', async () => {
  const session = await twoTurns();
  const first = await turnId(session, 1);
  const made = await fork(stack.client, session.sessionId, first);
  const redis = await redisOf(stack.server);
  // The record says that the disk is there; the engine has none of that name.
  await redis.hset(`dh:{${made.id}}:meta`, 'disk', 'turn-trn_gone00');
  redis.disconnect();
  const forked = watch(stack.client, made.id);
  await stack.send(made.id, 'Look #look');
  expect((await forked.finished(2)).data.outcome).toBe('done');
  expect(lastOutput(forked)).toMatch(/^first\ncat: cache\/ignored.txt: No such file/);
  expect(forked.all('notice').map(({ data }) => data.text)).toEqual([
    expect.stringContaining('what git ignores'),
  ]);
});

test('a fork can be rewound to a turn that it has from its source, and be forked itself', async () => {
  const session = await twoTurns();
  const made = await fork(stack.client, session.sessionId, await turnId(session, 2));
  const first = await turnId(session, 1);
  const rewound = await stack.client.http['session.rewind']({ sessionId: made.id, turnId: first });
  expect(rewound).toMatchObject({ ok: true });
  const again = await fork(stack.client, made.id, first);
  for (const id of [made.id, again.id]) {
    const forked = watch(stack.client, id);
    await stack.send(id, 'Look #look');
    await forked.until(view => view.head.turn === null && view.head.lastOutcome === 'done', 'its end');
    await forked.event('tool.finished', id === made.id ? 4 : 3);
    expect(lastOutput(forked)).toBe('first\nfirst\n');
  }
});
