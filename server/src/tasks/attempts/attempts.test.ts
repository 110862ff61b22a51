import { noUsage } from '@deckhand/shared';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { actorOf, ana, ben, newSession, openTestStore } from '../../../test/helpers/testStore.ts';
import { changeAttempts, openAttempts, readAttempts } from '../../sessions/attempts/attemptRecords.ts';
import { startAttempts } from '../../sessions/attempts/startAttempts.ts';
import { takeAttempt } from '../../sessions/attempts/takeAttempt.ts';
import { tellOfEnd } from '../../sessions/children/sweepChildren.ts';
import { readAll } from '../../sessions/log/log.ts';
import { headPrompts } from '../../sessions/queue/inbox.ts';
import { archiveSession } from '../../sessions/queue/stop.ts';
import { takeLease } from '../../sessions/run/lease.ts';
import { TurnWriter } from '../../sessions/run/turnWriter.ts';
import { type Run, readMeta } from '../../sessions/store/meta.ts';
import type { Store } from '../../sessions/store/store.ts';
import { Attempts } from './attempts.ts';

let opened: Awaited<ReturnType<typeof openTestStore>>;
let store: Store;
beforeAll(async () => {
  opened = await openTestStore();
  store = opened.store;
});
afterAll(() => opened.close());

const request = (requestId: string, author = ana, text = 'Mend it') => ({
  ...{ requestId, author, actor: actorOf(author), text, attachments: [], review: false },
  attempts: [{ label: 'Attempt 1' }, { label: 'Attempt 2', model: 'other' }],
});

/** No engine, no repository: what carries work from one to another has tests of its own. */
const attemptsOver = () =>
  new Attempts({
    ...{ store, wake: async () => {}, costOf: () => undefined, clock: Date.now, most: 5 },
    copyTurn: async () => ({ ok: true, disk: null }),
    adopt: async () => ({ ok: true, disk: null }),
    discard: async () => {},
    onSession: async () => {},
    hasReviewer: async () => false,
  });

const typesOf = async (id: string) => {
  const types: string[] = [];
  for await (const { type } of readAll(store, id)) types.push(type);
  return types;
};

/** The child's prompt as a turn that ends so. */
async function work(childId: string, outcome: 'done' | 'failed', changed: boolean): Promise<void> {
  const lease = await takeLease(store, childId, crypto.randomUUID());
  if (!lease) throw new Error('no lease');
  const writer = new TurnWriter(store, childId, lease.fence);
  const prompts = await headPrompts(store, childId);
  const run: Run = {
    ...{
      turnId: 'trn_work01',
      promptIds: prompts.map(({ promptId }) => promptId),
      author: ana,
      title: 'Mend it',
    },
    ...{
      model: 'm',
      startedAtMs: Date.now(),
      deadlineAtMs: Date.now() + 60_000,
      tokenBudget: 1_000,
      steps: 1,
    },
    ...{ usage: noUsage, pending: [], touched: false },
  };
  await writer.startTurn(prompts, run, { messages: [] });
  if (changed) {
    const files = [{ path: 'a.txt', added: 1, removed: 0 }];
    await writer.record([{ type: 'files.changed', actor: { kind: 'system' }, data: { files } }]);
  }
  await writer.finishTurn(run, { outcome, usage: noUsage });
  await lease.release();
  const child = await readMeta(store, childId);
  if (child) await tellOfEnd({ store, wake: async () => {}, clock: Date.now }, child);
}

test('sent again it is the same attempts; of two people who begin at once one does', async () => {
  const id = await newSession(store);
  const all = await Promise.all([
    startAttempts(store, id, request('r1')),
    startAttempts(store, id, request('r1')),
    startAttempts(store, id, request('r2', ben)),
  ]);
  const groups = new Set(all.flatMap(each => (each.ok ? each.groupId : [])));
  expect(groups.size).toBe(1);
  expect((await typesOf(id)).filter(type => type === 'attempts.started')).toHaveLength(1);
  const other = await startAttempts(store, id, request('r1', ana, 'Another'));
  expect(other.ok).toBe(false);
});

test('what a server left that died when it had only written it down is begun by the next, once', async () => {
  const id = await newSession(store);
  const started = await startAttempts(store, id, request('r3'));
  if (!started.ok) throw new Error(started.message);
  const { groupId } = started;
  // Two servers find it at the same time.
  await Promise.all([attemptsOver().advanceOf(id), attemptsOver().advanceOf(id)]);
  await attemptsOver().advance(id, groupId);
  const kept = await readAttempts(store, id, groupId);
  for (const { childId, begun, model } of kept?.group.attempts ?? []) {
    expect(begun).toBe(true);
    const prompts = await headPrompts(store, childId);
    expect(prompts.map(({ text, model: asked }) => [text, asked])).toEqual([['Mend it', model]]);
    expect(await readMeta(store, childId)).toMatchObject({ attempt: { groupId }, parent: { sessionId: id } });
  }
  expect((await typesOf(id)).filter(type => type === 'child.started')).toHaveLength(2);
});

test('all ended is told once; of many who take at once one does, and what it did leaves by one prompt', async () => {
  const id = await newSession(store);
  const tried = attemptsOver();
  const started = await tried.start(id, request('r4'));
  if (!started.ok) throw new Error(started.message);
  const { groupId } = started;
  const group = (await readAttempts(store, id, groupId))?.group;
  const [one = '', two = ''] = group?.attempts.map(({ childId }) => childId) ?? [];
  await work(one, 'done', true);
  await tried.advanceOf(id);
  expect((await typesOf(id)).filter(type => type === 'attempts.ended')).toEqual([]);
  await work(two, 'failed', true);
  await Promise.all([tried.advanceOf(id), attemptsOver().advanceOf(id)]);
  expect((await typesOf(id)).filter(type => type === 'attempts.ended')).toHaveLength(1);
  const [shown] = await tried.list(id);
  expect(shown?.state).toBe('ready');
  expect(shown?.attempts.map(({ rank }) => rank)).toEqual([1, null]);
  const nothing = await tried.take(id, { groupId, n: 2, author: ana, actor: actorOf(ana) });
  expect(nothing).toMatchObject({ ok: false, message: 'Attempt 2 came to nothing that could be taken.' });

  const take = (author: typeof ana) =>
    attemptsOver().take(id, { groupId, n: 1, author, actor: actorOf(author) });
  const taken = await Promise.all([take(ana), take(ben), take(ana), take(ben)]);
  // The same attempt again is the same.
  expect(new Set(taken.map(each => (each.ok ? each.promptId : each.message))).size).toBe(1);
  const types = await typesOf(id);
  expect(types.filter(type => type === 'attempt.taken')).toHaveLength(1);
  expect(types.filter(type => type === 'prompt.queued')).toHaveLength(1);
  expect((await headPrompts(store, id))[0]?.delivers?.title).toBe('Mend it');
  expect(await openAttempts(store)).not.toContainEqual({ sessionId: id, groupId });
});

test('killed between taking and its prompt, the sweep sends that; another attempt is not taken any more', async () => {
  const id = await newSession(store);
  const tried = attemptsOver();
  const started = await tried.start(id, request('r5'));
  if (!started.ok) throw new Error(started.message);
  const { groupId } = started;
  for (const { childId } of (await readAttempts(store, id, groupId))?.group.attempts ?? [])
    await work(childId, 'done', true);
  await changeAttempts(store, { sessionId: id, groupId }, now => ({
    group: { ...now, attempts: now.attempts.map(each => ({ ...each, ended: 'done' as const })) },
  }));
  const childId = (await readAttempts(store, id, groupId))?.group.attempts[0]?.childId ?? '';
  const child = await readMeta(store, childId);
  if (!child) throw new Error('no child');
  const taking = { groupId, n: 1, by: ben, actor: actorOf(ben), child, disk: null, words: 'Because' };
  expect(await takeAttempt(store, id, taking)).toMatchObject({ ok: true });
  const other = await tried.take(id, { groupId, n: 2, author: ana, actor: actorOf(ana) });
  expect(other).toMatchObject({ ok: false, message: 'Ben took attempt 1 already.' });
  expect(await headPrompts(store, id)).toEqual([]);
  await attemptsOver().advanceOf(id);
  await attemptsOver().advanceOf(id);
  expect((await headPrompts(store, id)).map(({ author, delivers }) => [author.name, delivers?.body])).toEqual(
    [['Ben', 'Because']],
  );
});

test('a session that is archived takes its attempts along, and begins none', async () => {
  const id = await newSession(store);
  const tried = attemptsOver();
  const started = await tried.start(id, request('r6'));
  if (!started.ok) throw new Error(started.message);
  const archived = await tried.leave(id);
  await archiveSession(store, id, actorOf(ana));
  await archived();
  for (const { childId } of (await readAttempts(store, id, started.groupId))?.group.attempts ?? [])
    expect((await readMeta(store, childId))?.state).toBe('archived');
  expect(await startAttempts(store, id, request('r7'))).toMatchObject({ ok: false, code: 'not_found' });
});
