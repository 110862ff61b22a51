import { limits } from '@deckhand/shared';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { runOf } from '../../../test/helpers/archive.ts';
import { actorOf, ana, ben, newSession, openTestStore, prompt } from '../../../test/helpers/testStore.ts';
import { readBlob } from '../../platform/blobs.ts';
import { hibernateSession } from '../archive/hibernate.ts';
import { readAfter } from '../log/log.ts';
import { takeLease } from '../run/lease.ts';
import { TurnWriter } from '../run/turnWriter.ts';
import { commit } from '../store/commit.ts';
import { artifactBlob, orgKeys, part } from '../store/keys.ts';
import { readMeta } from '../store/meta.ts';
import type { Store } from '../store/store.ts';
import { appendPrompt, cancelPrompt, editPrompt, headPrompts } from './inbox.ts';
import { keepLongText } from './longText.ts';
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

/** A store on which something else happens just before the next write. */
function justBefore(store: Store, happens: () => Promise<unknown>): Store {
  let waits = true;
  return Object.create(store, {
    dhCommit: {
      value: async (...args: Parameters<Store['dhCommit']>) => {
        if (waits) {
          waits = false;
          await happens();
        }
        return store.dhCommit(...args);
      },
    },
  }) as Store;
}

test('an edit in between takes nothing from a cancel, nor from another edit', async () => {
  const { store } = opened;
  const id = await newSession(store);
  const [first, second] = [
    await appendPrompt(store, id, prompt('one')),
    await appendPrompt(store, id, prompt('two')),
  ];
  if (!first.ok || !second.ok) throw new Error('not queued');
  const actor = actorOf(ana);
  const edit = (promptId: string, text: string) => () => editPrompt(store, id, { promptId, text, actor });
  const racing = justBefore(store, edit(first.promptId, 'one, edited'));
  expect(await cancelPrompt(racing, id, { promptId: first.promptId, actor })).toEqual({ ok: true });
  const editing = justBefore(store, edit(second.promptId, 'earlier'));
  expect(await editPrompt(editing, id, { promptId: second.promptId, text: 'later', actor })).toEqual({
    ok: true,
  });
  expect((await headPrompts(store, id)).map(({ text }) => text)).toEqual(['later']);
  expect((await events(id)).map(({ type }) => type)).toEqual([
    'session.created',
    ...['prompt.queued', 'prompt.queued', 'prompt.edited', 'prompt.cancelled'],
    ...['prompt.edited', 'prompt.edited'],
  ]);
});

test('prompts that are sent now stand first in their own order, also where the one before goes in that moment', async () => {
  const { store } = opened;
  const id = await newSession(store);
  const now = (text: string) => ({ ...prompt(text), when: 'now' as const });
  await appendPrompt(store, id, prompt('after'));
  const first = await appendPrompt(store, id, now('first'));
  if (!first.ok) throw new Error('not queued');
  expect(await appendPrompt(store, id, now('second'))).toMatchObject({ ok: true, position: 2 });
  const texts = async () => (await headPrompts(store, id)).map(({ text }) => text);
  expect(await texts()).toEqual(['first', 'second', 'after']);
  // As many wait as before, but not the same ones.
  const racing = justBefore(store, async () => {
    for (const { promptId } of await headPrompts(store, id))
      await cancelPrompt(store, id, { promptId, actor: actorOf(ana) });
    for (const text of ['a', 'b', 'c']) await appendPrompt(store, id, prompt(text));
  });
  expect(await appendPrompt(racing, id, now('third'))).toMatchObject({ ok: true, position: 1 });
  expect(await texts()).toEqual(['third', 'a', 'b', 'c']);
});

test('who cancels a prompt that starts in that moment is told that it has started', async () => {
  const { store } = opened;
  const id = await newSession(store);
  const sent = await appendPrompt(store, id, prompt('go'));
  if (!sent.ok) throw new Error(sent.message);
  const start = async () => {
    const { run, prompts } = await runOf(store, id);
    const lease = await takeLease(store, id, 'a-worker');
    await new TurnWriter(store, id, lease?.fence ?? 0).startTurn(prompts, run, { messages: [] });
  };
  const cancel = { promptId: sent.promptId, actor: actorOf(ana) };
  expect(await cancelPrompt(justBefore(store, start), id, cancel)).toMatchObject({
    ok: false,
    message: expect.stringContaining('has started'),
  });
  expect(await editPrompt(store, id, { ...cancel, text: 'stay' })).toMatchObject({
    message: expect.stringContaining('has started'),
  });
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

test.each([
  ['plain', 'x'.repeat(limits.eventBytes), {}],
  ['of what takes six bytes a character', '\u0001'.repeat(300_000), {}],
  [
    'beside a name that fills an event by itself',
    '\u0001'.repeat(300_000),
    { name: 'n'.repeat(limits.eventBytes) },
  ],
  ['of halves of characters', '\u{1F600}'.repeat(200_000), {}],
])('a long text %s is shown by a beginning, and kept whole', async (_, text, name) => {
  const { store } = opened;
  const actor = { ...actorOf(ana), ...name };
  const kept = await keepLongText(store, text, { actor });
  const shown = kept.shown.text;
  const [beginning = ''] = shown.split('\n… The whole');
  expect(beginning.length).toBeGreaterThan(100);
  expect(text.startsWith(beginning)).toBe(true);
  expect(beginning).not.toMatch(/[\uD800-\uDBFF]$/);
  expect(Buffer.byteLength(JSON.stringify(beginning))).toBeLessThanOrEqual(limits.eventBytes);
  const blob = await readBlob(store.archives.blobs, artifactBlob(kept.shown.artifactId ?? ''));
  expect(blob?.toString()).toBe(text);
});

test('a queue that is held and empty is free for the next prompt, also where the session hibernated', async () => {
  const { store } = opened;
  const id = await newSession(store);
  await commit(store, id, { checks: [], ops: [['HSET', part.meta, 'queueHeld', '1']] });
  await store.srem(orgKeys.open, id);
  expect(await hibernateSession(store, id, Date.now() + 1_000)).toBe('moved');
  expect(await appendPrompt(store, id, prompt('Go on'))).toMatchObject({ ok: true, position: 1 });
  expect((await events(id)).slice(-2).map(({ type }) => type)).toEqual(['queue.released', 'prompt.queued']);
  expect((await readMeta(store, id))?.queueHeld).toBe(false);
});
