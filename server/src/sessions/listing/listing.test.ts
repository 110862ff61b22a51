import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { actorOf, ana, ben, newSession, openTestStore, prompt } from '../../../test/helpers/testStore.ts';
import { hibernateSession } from '../archive/hibernate.ts';
import { appendPrompt, cancelPrompt, editPrompt } from '../queue/inbox.ts';
import { archiveSession } from '../queue/stop.ts';
import { renameSession } from '../rename.ts';
import { commit } from '../store/commit.ts';
import { orgKeys, part, sessionPrefix } from '../store/keys.ts';
import type { Store } from '../store/store.ts';
import type { Wanted } from './findSessions.ts';
import { openSessionIndex, type SessionIndex } from './open.ts';

let opened: Awaited<ReturnType<typeof openTestStore>>;
let store: Store;
let dir: string;
let index: SessionIndex;
const quiet = { warn() {}, info() {} } as never;

beforeAll(async () => {
  opened = await openTestStore();
  ({ store } = opened);
});
afterAll(() => opened.close());
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'deckhand-listing-'));
  index = openIndex();
});
afterEach(async () => {
  await index.close();
  rmSync(dir, { recursive: true });
});

const openIndex = (dataDir = dir) =>
  openSessionIndex({ dataDir, store, subscriber: opened.connect(), orgId: 'default', log: quiet });

async function find(wanted: Partial<Wanted> = {}, from = index) {
  const repos = new Set([null, ...(await from.repos('default'))]);
  const page = { orgId: 'default', repos, theirs: null, reader: [ana.userId], limit: 50 };
  return from.find({ ...page, ...wanted });
}
const idsOf = async (wanted: Partial<Wanted> = {}, from = index) =>
  (await find(wanted, from)).found.map(({ sessionId }) => sessionId);

async function prompted(text: string, author = ana): Promise<{ sessionId: string; promptId: string }> {
  const sessionId = await newSession(store, author);
  const sent = await appendPrompt(store, sessionId, prompt(text, author));
  if (!sent.ok) throw new Error(sent.message);
  return { sessionId, promptId: sent.promptId };
}
const answer = (sessionId: string, text: string) =>
  commit(store, sessionId, {
    checks: [],
    events: [
      {
        type: 'message.done',
        actor: { kind: 'agent' },
        data: { messageId: `msg_${crypto.randomUUID().slice(0, 8)}`, text },
      },
    ],
  });
/** What is written next is of a later millisecond: of the same one either may stand first. */
async function nextMillisecond(): Promise<void> {
  for (const atMs = Date.now(); Date.now() <= atMs; ) await sleep(1);
}
/** Nothing of it waits any more, so that it may hibernate. */
async function hibernate(sessionId: string): Promise<void> {
  await store.del(`${sessionPrefix(sessionId)}inbox`, `${sessionPrefix(sessionId)}prompts`);
  await store.srem(orgKeys.open, sessionId);
  expect(await hibernateSession(store, sessionId, Date.now() + 1_000)).toBe('moved');
}

test('titles, prompts and answers are found, each where it stands, hot and hibernated alike', async () => {
  const { sessionId } = await prompted('Why does the Überweisung round to zebrafish cents?');
  await renameSession(store, sessionId, { title: 'Quokka totals', actor: actorOf(ana) });
  await answer(
    sessionId,
    `First.\n\n${'Words before. '.repeat(60)}The narwhal constant was wrong. ${'x '.repeat(90)}`,
  );
  for (const when of ['hot', 'hibernated']) {
    if (when === 'hibernated') await hibernate(sessionId);
    const hitOf = async (q: string) =>
      (await find({ q })).found.find(each => each.sessionId === sessionId)?.hit;
    expect(await hitOf('quokka')).toMatchObject({ kind: 'title', text: 'Quokka totals', marks: [[0, 6]] });
    expect(await hitOf('ZEBRAFISH')).toMatchObject({ kind: 'prompt', seq: 2 });
    const hit = await hitOf('narw');
    expect(hit).toMatchObject({ kind: 'answer' });
    expect(hit?.marks.map(([from, to]) => hit.text.slice(from, to))).toEqual(['narwhal']);
    expect(hit?.text.length).toBeLessThan(200);
    // Words that stand in different places of it, with and without their dots.
    expect(await idsOf({ q: 'uberweisung quokka narwhal' })).toEqual([sessionId]);
    expect(await idsOf({ q: 'quokka nowhere' })).toEqual([]);
  }
});

test('scripts without spaces, and what looks like the language of queries, are searched as they are written', async () => {
  const { sessionId } = await prompted('注文一覧の税額を直す "NEAR(a b)" col:x AND* ^y');
  expect(await idsOf({ q: '税額' })).toEqual([sessionId]);
  expect((await find({ q: '税額' })).found[0]?.hit).toMatchObject({
    text: expect.stringContaining('の税額を'),
  });
  for (const q of ['"NEAR(a b)"', 'col:x', 'AND*', '^y', 'x" OR "y'])
    expect(await idsOf({ q })).toBeDefined();
  for (const q of ['NEAR(a', 'col:x']) expect(await idsOf({ q })).toContain(sessionId);
  for (const q of ['', '""', '*', '\u0000', '"', '-- ;']) expect(await idsOf({ q })).toEqual([]);
});

test('an edited prompt is found by its new words alone, a withdrawn one by none', async () => {
  const { sessionId, promptId } = await prompted('Repaint the gazebo');
  const edited = { promptId, text: 'Repaint the pergola', actor: actorOf(ana) };
  expect(await editPrompt(store, sessionId, edited)).toMatchObject({ ok: true });
  expect([await idsOf({ q: 'gazebo' }), await idsOf({ q: 'pergola' })]).toEqual([[], [sessionId]]);
  await cancelPrompt(store, sessionId, { promptId, actor: actorOf(ana) });
  expect(await idsOf({ q: 'pergola' })).toEqual([]);
});

test('sessions stand in the order of when work last went on; a page goes on where the one before ended, whatever comes', async () => {
  const made: string[] = [];
  for (let n = 0; n < 5; n++) {
    made.push((await prompted(`Ordered ${n}`)).sessionId);
    await nextMillisecond();
  }
  const [first = '', second = '', third = '', fourth = '', fifth = ''] = made;
  const q = 'ordered';
  const page = await find({ q, limit: 2 });
  expect(page.found.map(each => each.sessionId)).toEqual([fifth, fourth]);
  // It is renamed, which is no work; the other goes on.
  await renameSession(store, second, { title: 'Ordered anew', actor: actorOf(ana) });
  await answer(fifth, 'More.');
  await nextMillisecond();
  await answer(first, 'More.');
  const next = await find({ q, limit: 2, after: page.after ?? '' });
  expect(next.found.map(each => each.sessionId)).toEqual([third, second]);
  expect(next.after).toBeNull();
  expect(await idsOf({ q })).toEqual([first, fifth, fourth, third, second]);
  const times = (await find({ q })).found.map(({ activeAtMs }) => activeAtMs);
  expect(times).toEqual(times.toSorted((a, b) => b - a));
});

test('what is mine, archived, pinned, of a repository or a state narrows the list; who may read what bounds it', async () => {
  const mine = (await prompted('Narrow mine')).sessionId;
  const theirs = (await prompted('Narrow theirs', ben)).sessionId;
  const both = (await prompted('Narrow both', ben)).sessionId;
  await appendPrompt(store, both, prompt('And me'));
  const done = await newSession(store);
  await renameSession(store, done, { title: 'Narrow done', actor: actorOf(ana) });
  expect(await archiveSession(store, done, actorOf(ana))).toEqual({ ok: true });
  const q = 'narrow';
  const among = async (wanted: Partial<Wanted>) => new Set(await idsOf({ q, ...wanted }));
  expect(await among({})).toEqual(new Set([mine, theirs, both, done]));
  expect(await among({ mine: true })).toEqual(new Set([mine, both, done]));
  expect(await among({ mine: false })).toEqual(new Set([theirs]));
  expect(await among({ archived: false, mine: true })).toEqual(new Set([mine, both]));
  expect(await among({ archived: true })).toEqual(new Set([done]));
  expect(await among({ pinned: { ids: [theirs], wanted: true } })).toEqual(new Set([theirs]));
  expect(await among({ repo: 'sample' })).toEqual(new Set([mine, theirs, both, done]));
  expect(await among({ repo: 'other' })).toEqual(new Set());
  expect(await among({ state: 'idle' })).toEqual(new Set([mine, theirs, both]));
  expect(await among({ waiting: true })).toEqual(new Set());
  expect(await among({ waiting: true, alsoWaiting: [both] })).toEqual(new Set([both]));
  expect(await among({ repos: new Set([null]) })).toEqual(new Set());
  expect(await among({ repos: new Set([null]), theirs: ben.userId })).toEqual(new Set([theirs, both]));
  expect(await among({ orgId: 'another' })).toEqual(new Set());
});

test('what was written while no server listened is there once one does, and a file that is no database is made anew', async () => {
  const { sessionId } = await prompted('Before the axolotl');
  expect(await idsOf({ q: 'axolotl' })).toEqual([sessionId]);
  await index.close();
  await answer(sessionId, 'The capybara came meanwhile.');
  await nextMillisecond();
  const later = (await prompted('After the capybara')).sessionId;
  await hibernate(later);
  index = openIndex();
  const whole = async (q: string) => {
    for (;;) {
      const { found, partial } = await find({ q });
      if (!partial) return found.map(each => each.sessionId);
      await sleep(20);
    }
  };
  expect(await whole('capybara')).toEqual([later, sessionId]);
  expect(await whole('axolotl')).toEqual([sessionId]);
  await index.close();
  writeFileSync(join(dir, 'sessions.sqlite'), 'this is no database, '.repeat(500));
  index = openIndex();
  expect(await whole('capybara')).toEqual([later, sessionId]);
});

test('a log that was rewritten, and a session that is gone, leave every server’s index', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'deckhand-listing-'));
  const other = openIndex(folder);
  const { sessionId } = await prompted('The pangolin sleeps');
  for (const each of [index, other]) expect(await idsOf({ q: 'pangolin' }, each)).toEqual([sessionId]);
  // As a rewrite does: other words under the same numbers.
  const log = `${sessionPrefix(sessionId)}log`;
  const entries = await store.xrange(log, '-', '+');
  await store.del(log);
  for (const [id, fields] of entries)
    await store.xadd(log, id, ...fields.map(text => text.replaceAll('pangolin', '(erased)')));
  await commit(store, sessionId, {
    checks: [],
    ops: [
      ['HSET', part.meta, 'title', '(erased)'],
      ['HINCRBY', part.meta, 'rewrites', '1'],
    ],
  });
  await store.publish(orgKeys.newsChannel, sessionId);
  for (const each of [index, other]) {
    expect(await idsOf({ q: 'pangolin' }, each)).toEqual([]);
    expect(await idsOf({ q: 'sleeps' }, each)).toEqual([sessionId]);
  }
  await store.del(`${sessionPrefix(sessionId)}meta`, log);
  await store.zrem(orgKeys.sessions('default'), sessionId);
  await store.publish(orgKeys.newsChannel, sessionId);
  for (const each of [index, other]) expect(await idsOf({ q: 'sleeps' }, each)).toEqual([]);
  await other.close();
  rmSync(folder, { recursive: true });
});
