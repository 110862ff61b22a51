import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { fixtureSessions } from '../../test/helpers/statsSessions.ts';
import { ana, ben, newSession, openTestStore, prompt } from '../../test/helpers/testStore.ts';
import { hibernateSession } from '../sessions/archive/hibernate.ts';
import { readAll } from '../sessions/log/log.ts';
import { appendPrompt } from '../sessions/queue/inbox.ts';
import { orgKeys, sessionPrefix } from '../sessions/store/keys.ts';
import type { Store } from '../sessions/store/store.ts';
import { noFacts, SessionFacts } from './facts.ts';
import { FactsFile } from './factsFile.ts';
import { FactsKeeper } from './factsKeeper.ts';
import { applyToFacts } from './foldFacts.ts';

let opened: Awaited<ReturnType<typeof openTestStore>>;
let store: Store;
let dir: string;
let file: FactsFile;
let keeper: FactsKeeper;
const quiet = { warn() {}, info() {} } as never;

beforeAll(async () => {
  opened = await openTestStore();
  ({ store } = opened);
});
afterAll(() => opened.close());
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'deckhand-facts-'));
  openFile();
});
afterEach(async () => {
  await close();
  rmSync(dir, { recursive: true });
});

function openFile(): void {
  file = new FactsFile(join(dir, 'stats.sqlite'));
  keeper = new FactsKeeper({ store, file, orgId: 'default', clock: Date.now, log: quiet });
}
async function close(): Promise<void> {
  await keeper.close();
  file.close();
}

/** Folded from the whole log, wherever it is. */
async function recounted(sessionId: string): Promise<SessionFacts> {
  let facts = noFacts(sessionId);
  for await (const event of readAll(store, sessionId)) facts = applyToFacts(facts, event);
  return facts;
}
const hibernate = async (sessionId: string) =>
  expect(await hibernateSession(store, sessionId, Date.now() + 1_000)).not.toBe('busy');
/** A prompt that is taken back: the session may hibernate again. */
async function promptAndRest(sessionId: string, author = ana): Promise<void> {
  await appendPrompt(store, sessionId, prompt('Go', author));
  await store.del(`${sessionPrefix(sessionId)}inbox`, `${sessionPrefix(sessionId)}prompts`);
  await store.srem(orgKeys.open, sessionId);
}

test('what happens in Redis and in archives is counted at the next look, and only once', async () => {
  const sessionId = await newSession(store);
  await promptAndRest(sessionId);
  await keeper.refresh();
  expect(file.get(sessionId)).toEqual(await recounted(sessionId));
  await promptAndRest(sessionId, ben);
  await hibernate(sessionId);
  await keeper.refresh();
  expect(file.get(sessionId)?.prompts.map(({ userId }) => userId)).toEqual([ana.userId, ben.userId]);
  expect(SessionFacts.parse(file.get(sessionId))).toEqual(await recounted(sessionId));
});

test('who was woken, prompted and put to sleep again between two looks is counted too', async () => {
  const sessionId = await newSession(store);
  await hibernate(sessionId);
  await keeper.refresh();
  await keeper.refresh();
  await promptAndRest(sessionId);
  await hibernate(sessionId);
  await keeper.refresh();
  expect(file.get(sessionId)?.prompts).toHaveLength(1);
});

test('what happened while no server ran is counted at the start, from the archive as well', async () => {
  const sessionId = await newSession(store);
  await keeper.refresh();
  await close();
  await promptAndRest(sessionId);
  await hibernate(sessionId);
  openFile();
  await keeper.refresh();
  expect(file.get(sessionId)?.prompts).toHaveLength(1);
});

test('facts that somebody removed are counted anew', async () => {
  const sessionId = await newSession(store);
  await promptAndRest(sessionId);
  await hibernate(sessionId);
  await keeper.refresh();
  file.remove(sessionId);
  await keeper.refresh();
  expect(file.get(sessionId)).toEqual(await recounted(sessionId));
});

test('a log that came back without its last events is counted from its beginning', async () => {
  const sessionId = await newSession(store);
  await promptAndRest(sessionId);
  await promptAndRest(sessionId, ben);
  await keeper.refresh();
  await store.xdel(`${sessionPrefix(sessionId)}log`, '3-0');
  await store.hset(`${sessionPrefix(sessionId)}meta`, 'last', 2);
  await keeper.refresh();
  expect(file.get(sessionId)?.prompts).toHaveLength(1);
});

test('a session that is gone is forgotten', async () => {
  const sessionId = await newSession(store);
  await keeper.refresh();
  await store.zrem(orgKeys.sessions('default'), sessionId);
  await keeper.refresh();
  expect(file.get(sessionId)).toBeNull();
});

test('counting on from any place gives what counting the whole log gives', () => {
  for (const { sessionId, events } of fixtureSessions()) {
    const whole = events.reduce(applyToFacts, noFacts(sessionId));
    expect(SessionFacts.parse(whole)).toEqual(whole);
    for (let n = 0; n <= events.length; n++) {
      const kept = JSON.parse(JSON.stringify(events.slice(0, n).reduce(applyToFacts, noFacts(sessionId))));
      expect(events.slice(n).reduce(applyToFacts, kept as SessionFacts)).toEqual(whole);
    }
  }
});

test('an event of a type or shape that nobody knows is passed over, and counted as read', () => {
  const envelope = {
    at: '2026-03-01T00:00:00.000Z',
    sessionId: 'ses_unknown',
    actor: { kind: 'system' as const },
  };
  const odd = [
    { ...envelope, seq: 1, type: 'weather', data: { sun: true } },
    { ...envelope, seq: 2, type: 'turn.started', data: null },
  ];
  expect(odd.reduce(applyToFacts, noFacts('ses_unknown'))).toMatchObject({ last: 2, turns: [] });
});
