import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { idleSession, isCold, keysOf, lastOf, note, tomorrow } from '../../../test/helpers/archive.ts';
import { ana, openTestStore, prompt } from '../../../test/helpers/testStore.ts';
import { readDrafts } from '../log/drafts.ts';
import { Feeds } from '../log/feed.ts';
import { readAll } from '../log/log.ts';
import { appendPrompt, headPrompts } from '../queue/inbox.ts';
import { takeLease } from '../run/lease.ts';
import { part, sessionKey } from '../store/keys.ts';
import { readMeta } from '../store/meta.ts';
import type { Store } from '../store/store.ts';
import { hibernateSession } from './hibernate.ts';
import { readHome } from './home.ts';
import { restoreSession } from './restore.ts';

let opened: Awaited<ReturnType<typeof openTestStore>>;
let store: Store;
beforeAll(async () => {
  opened = await openTestStore();
  ({ store } = opened);
});
afterAll(() => opened.close());

const seqs = async (id: string) => (await Array.fromAsync(readAll(store, id))).map(event => event.seq);
const upTo = (last: number) => Array.from({ length: last }, (_, i) => i + 1);

test('prompts that race hibernations are each queued once, and the log has no gap', async () => {
  const id = await idleSession(store);
  for (let round = 0; round < 15; round++) {
    const sent = prompt(`p${round}`, ana, `r${round}`);
    // A server of its own each: none knows what the others restore.
    const [, first, again] = await Promise.all([
      hibernateSession(opened.connect(), id, tomorrow()),
      appendPrompt(opened.connect(), id, sent),
      appendPrompt(opened.connect(), id, sent),
    ]);
    expect(first).toMatchObject({ ok: true, position: round + 1 });
    expect(again).toEqual(first);
    // Waiting prompts keep it hot.
    expect(await hibernateSession(store, id, tomorrow())).toBe('busy');
    expect(await isCold(store, id)).toBe(false);
  }
  const prompts = await headPrompts(store, id);
  expect(prompts.map(({ text }) => text)).toEqual(Array.from({ length: 15 }, (_, i) => `p${i}`));
  expect(await seqs(id)).toEqual(upTo(await lastOf(store, id)));
});

test('of racing restores one takes place; nothing is left of the others', async () => {
  const id = await idleSession(store);
  const before = [...(await keysOf(store, id)).keys()];
  for (let round = 0; round < 5; round++) {
    expect(await hibernateSession(store, id, tomorrow())).toBe('moved');
    const stores = Array.from({ length: 6 }, () => opened.connect());
    await Promise.all(stores.map(other => restoreSession(other, id)));
    expect([...(await keysOf(store, id)).keys()]).toEqual(before);
    expect(await seqs(id)).toEqual(upTo(await lastOf(store, id)));
  }
});

test('writers, readers and hibernations all at once: every event is there once, in one order', async () => {
  const id = await idleSession(store);
  const first = await lastOf(store, id);
  let writing = true;
  const hibernate = async () => {
    const other = opened.connect();
    let moved = 0;
    while (writing) if ((await hibernateSession(other, id, tomorrow())) === 'moved') moved++;
    return moved;
  };
  const read = async () => {
    const other = opened.connect();
    while (writing) {
      const seen = (await Array.fromAsync(readAll(other, id))).map(event => event.seq);
      expect(seen).toEqual(upTo(seen.length));
      expect(seen.length).toBeGreaterThanOrEqual(first);
      expect(await readMeta(other, id)).not.toBeNull();
    }
  };
  const write = async (name: string) => {
    const other = opened.connect();
    for (let i = 0; i < 40; i++) {
      // Now and then all of them pause, so that a hibernation comes through.
      while (i % 8 === 7 && !(await isCold(other, id)));
      expect(await note(other, id, `${name}${i}`)).toMatchObject({ ok: true });
    }
  };
  const background = [hibernate(), hibernate(), read(), read()];
  await Promise.all([write('a'), write('b'), write('c')]);
  writing = false;
  const moved = await Promise.all(background);
  expect(Number(moved[0]) + Number(moved[1])).toBeGreaterThanOrEqual(5);
  const events = await Array.fromAsync(readAll(store, id));
  const notices = events.flatMap(({ type, data }) =>
    type === 'notice' ? [(data as { text: string }).text] : [],
  );
  for (const name of ['a', 'b', 'c'])
    expect(notices.filter(text => text.startsWith(name))).toEqual(
      Array.from({ length: 40 }, (_, i) => `${name}${i}`),
    );
  expect(events.map(event => event.seq)).toEqual(upTo(first + 120));
});

test('who holds the lease keeps a session hot; taking it brings one back, with a higher fence', async () => {
  const id = await idleSession(store);
  const lease = await takeLease(store, id, 'one');
  expect(await hibernateSession(store, id, tomorrow())).toBe('busy');
  await lease?.release();
  expect(await hibernateSession(store, id, tomorrow())).toBe('moved');
  const next = await takeLease(store, id, 'two');
  expect(next?.fence).toBe((lease?.fence ?? 0) + 1);
  expect(await isCold(store, id)).toBe(false);
  await next?.release();
});

test('a session hibernates only after the time for it, and not with a sandbox', async () => {
  const id = await idleSession(store);
  expect(await hibernateSession(store, id, Date.now() - 60_000)).toBe('busy');
  await store.hset(sessionKey(id, part.meta), 'sandboxId', 'sbx_000001');
  expect(await hibernateSession(store, id, tomorrow())).toBe('busy');
  await store.hdel(sessionKey(id, part.meta), 'sandboxId');
  expect(await hibernateSession(store, id, tomorrow())).toBe('moved');
});

test('the same request is answered the same from the archive', async () => {
  const id = await idleSession(store);
  await hibernateSession(store, id, tomorrow());
  const again = await appendPrompt(store, id, prompt('Do it', ana, 'first'));
  expect(again).toMatchObject({ ok: true, position: 1 });
  expect(await appendPrompt(store, id, prompt('Other', ana, 'first'))).toMatchObject({
    code: 'request_conflict',
  });
  expect(await isCold(store, id)).toBe(true);
});

test('a viewer who stays through hibernation and restore sees what comes next, once', async () => {
  const id = await idleSession(store);
  const feeds = new Feeds(store, opened.connect());
  const { feed, release } = await feeds.watch(id);
  const seen: number[] = [];
  let arrived = () => {};
  feed.add({
    event(event) {
      seen.push(event.seq);
      arrived();
    },
    frame() {},
  });
  const before = feed.cursor;
  await hibernateSession(store, id, tomorrow());
  await feed.catchUp();
  expect(feed.cursor).toBe(before);
  // One who comes now reads the archive.
  const late = new Feeds(store, opened.connect());
  const second = await late.watch(id);
  expect(second.feed.head).toEqual(feed.head);
  expect((await readDrafts(store, id)).last).toBe(before);
  expect(await isCold(store, id)).toBe(true);

  const came = new Promise<void>(resolve => {
    arrived = resolve;
  });
  await note(store, id, 'back');
  await came;
  await second.feed.catchUp();
  expect(seen).toEqual([before + 1]);
  expect(second.feed.cursor).toBe(before + 1);
  release();
  second.release();
  await Promise.all([feeds.close(), late.close()]);
});

test('an archive that somebody deleted is an error that says so; nothing is made up', async () => {
  const id = await idleSession(store);
  await hibernateSession(store, id, tomorrow());
  const { blob = '' } = (await readHome(store, id)) ?? {};
  const path = await store.archives.blobs.file(blob);
  await rm(path ?? '');
  await expect(note(store, id, 'x')).rejects.toThrow(`The archive of ${id} is gone`);
  await expect(Array.fromAsync(readAll(store, id))).rejects.toThrow(`The archive of ${id} is gone`);
  expect(await readMeta(store, id)).toMatchObject({ id });
});
