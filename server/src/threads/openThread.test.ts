import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { actorOf, ana, openTestStore } from '../../test/helpers/testStore.ts';
import { cancelPrompt } from '../sessions/queue/inbox.ts';
import { archiveSession } from '../sessions/queue/stop.ts';
import { part, sessionKey } from '../sessions/store/keys.ts';
import type { Store } from '../sessions/store/store.ts';
import { makeSession, sendFromThread, type ThreadPrompt } from './openThread.ts';
import { threadKey } from './relayLease.ts';

let opened: Awaited<ReturnType<typeof openTestStore>>;
let store: Store;
beforeAll(async () => {
  opened = await openTestStore();
  store = opened.store;
});
afterAll(() => opened.close());

const wanted = { orgId: 'default', repo: 'sample', origin: 'slack' as const };
const writtenBy = 'slack:T1/U1';
const unlinked = { userId: writtenBy, name: 'Ana' };

const written = (requestId: string, { linked = false, text = 'fix it' } = {}): ThreadPrompt => {
  const author = linked ? ana : unlinked;
  const acting = { author, actor: actorOf(author), whose: null as never, role: 'member' as const };
  return { requestId, text, files: [], acting, writtenBy };
};

/** As a message that is passed on: the session is made where there is none, and the prompt sent. */
async function passOn(thread: { provider: string; id: string }, prompt: ThreadPrompt) {
  const made = await makeSession(store, thread, prompt, wanted);
  return made.ok ? sendFromThread(store, thread, made.sessionId, prompt) : made;
}
const sessionOf = async (thread: { provider: string; id: string }) =>
  (await store.hget(threadKey(thread), 'sessionId')) ?? '';
const waiting = async (thread: { provider: string; id: string }) =>
  store.llen(sessionKey(await sessionOf(thread), part.inbox));

test.each([
  [false, true],
  [true, false],
])(
  'a message that is told again when its author has linked (or unlinked) an account is one prompt',
  async (first, then) => {
    const thread = { provider: 'slack', id: `T1/C1/${first}.1` };
    const sent = await passOn(thread, written('m1', { linked: first }));
    const again = await passOn(thread, written('m1', { linked: then }));
    expect(again).toMatchObject({ ok: true, promptId: sent.ok ? sent.promptId : '' });
    expect(await passOn(thread, written('m1', { linked: then, text: 'with more around it' }))).toMatchObject({
      code: 'request_conflict',
    });
    expect(await waiting(thread)).toBe(1);
  },
);

test('however live messages and catching up race, in whichever name, each message is one prompt', async () => {
  const thread = { provider: 'slack', id: 'T1/C1/race.1' };
  const tellings = Array.from({ length: 40 }, (_, n) =>
    passOn(thread, written(`m${n % 4}`, { linked: n % 3 === 0 })),
  );
  for (const told of await Promise.all(tellings)) expect(told).toMatchObject({ ok: true });
  expect(await waiting(thread)).toBe(4);
});

test('a message that was asked in a session that is archived begins no other', async () => {
  const thread = { provider: 'slack', id: 'T1/C1/archived.1' };
  const sent = await passOn(thread, written('m1'));
  const sessionId = await sessionOf(thread);
  await cancelPrompt(store, sessionId, { promptId: sent.ok ? sent.promptId : '', actor: actorOf(unlinked) });
  expect(await archiveSession(store, sessionId, actorOf(ana))).toEqual({ ok: true });
  for (const linked of [false, true])
    expect(await passOn(thread, written('m1', { linked }))).toMatchObject({ code: 'request_conflict' });
  expect(await sessionOf(thread)).toBe(sessionId);
  expect(await passOn(thread, written('m2'))).toMatchObject({ ok: true });
  expect(await sessionOf(thread)).not.toBe(sessionId);
});
