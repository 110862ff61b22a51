import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { actorOf, ana, ben, newSession, openTestStore, prompt } from '../../../test/helpers/testStore.ts';
import { readAfter } from '../log/log.ts';
import { appendPrompt, cancelPrompt, editPrompt, headPrompts } from './inbox.ts';
import { archiveSession } from './stop.ts';

let opened: Awaited<ReturnType<typeof openTestStore>>;
beforeAll(async () => {
  opened = await openTestStore();
});
afterAll(() => opened.close());

const events = async (sessionId: string) =>
  (await readAfter(opened.store, sessionId, { after: 0, limit: 1000 })).events;

test('twenty prompts at once get twenty places and one order; the next is told that the queue is full', async () => {
  const { store } = opened;
  const id = await newSession(store);
  const sent = await Promise.all(
    Array.from({ length: 20 }, (_, i) => appendPrompt(opened.connect(), id, prompt(`p${i}`))),
  );
  const places = sent.map(result => (result.ok ? result.position : 0));
  expect(places.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
  expect((await events(id)).map(event => event.seq)).toEqual(Array.from({ length: 21 }, (_, i) => i + 1));
  expect(await appendPrompt(store, id, prompt('one more'))).toMatchObject({ ok: false, code: 'queue_full' });
});

test('the same request is the same prompt; another text under it is a conflict; another author may use its id', async () => {
  const { store } = opened;
  const id = await newSession(store);
  const tries = await Promise.all(
    Array.from({ length: 10 }, () => appendPrompt(store, id, prompt('same', ana, 'r1'))),
  );
  expect(new Set(tries.map(result => result.ok && result.promptId)).size).toBe(1);
  expect(await appendPrompt(store, id, prompt('other', ana, 'r1'))).toMatchObject({
    code: 'request_conflict',
  });
  expect(await appendPrompt(store, id, prompt('other', ben, 'r1'))).toMatchObject({ ok: true, position: 2 });
});

test('a turn takes the first prompt and those directly behind it by the same author', async () => {
  const { store } = opened;
  const id = await newSession(store);
  for (const [text, author] of [
    ['a', ana],
    ['b', ana],
    ['c', ben],
    ['d', ana],
  ] as const)
    await appendPrompt(store, id, prompt(text, author));
  expect((await headPrompts(store, id)).map(({ text }) => text)).toEqual(['a', 'b']);
});

test('only its author edits a waiting prompt; a cancelled one is gone for good', async () => {
  const { store } = opened;
  const id = await newSession(store);
  const sent = await appendPrompt(store, id, prompt('first'));
  if (!sent.ok) throw new Error(sent.message);
  const { promptId } = sent;
  expect(await editPrompt(store, id, { promptId, text: 'x', actor: actorOf(ben) })).toMatchObject({
    ok: false,
  });
  expect(await editPrompt(store, id, { promptId, text: 'better', actor: actorOf(ana) })).toEqual({
    ok: true,
  });
  expect((await headPrompts(store, id))[0]?.text).toBe('better');
  const cancels = await Promise.all(
    [1, 2, 3].map(() => cancelPrompt(store, id, { promptId, actor: actorOf(ana) })),
  );
  expect(cancels.filter(result => result.ok)).toHaveLength(1);
  expect(await headPrompts(store, id)).toEqual([]);
});

test('an archived session takes no prompt, and one with prompts is not archived', async () => {
  const { store } = opened;
  const id = await newSession(store);
  await appendPrompt(store, id, prompt('waits'));
  expect(await archiveSession(store, id, actorOf(ana))).toMatchObject({ ok: false });
  const other = await newSession(store);
  expect(await archiveSession(store, other, actorOf(ana))).toEqual({ ok: true });
  expect(await appendPrompt(store, other, prompt('late'))).toMatchObject({ ok: false, code: 'not_found' });
});
