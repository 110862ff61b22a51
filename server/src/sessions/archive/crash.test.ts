import { mkdir, utimes, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import {
  archiveBlobs,
  idleSession,
  indexed,
  isCold,
  keysOf,
  lastingKeys,
  note,
  quiet,
  tomorrow,
} from '../../../test/helpers/archive.ts';
import { openTestStore } from '../../../test/helpers/testStore.ts';
import { orgKeys, part, sessionKey } from '../store/keys.ts';
import type { Store } from '../store/store.ts';
import { openArchive } from './archiveFile.ts';
import { copySession } from './copy.ts';
import { hibernateSession } from './hibernate.ts';
import { hibernateIdle, indexSessions } from './hibernator.ts';
import { readHome } from './home.ts';
import { restoreSession, takePlace } from './restore.ts';
import { stageSession } from './stage.ts';
import { sweepArchives } from './sweep.ts';
import { writeArchive } from './writeArchive.ts';

let opened: Awaited<ReturnType<typeof openTestStore>>;
let store: Store;
beforeEach(async () => {
  opened = await openTestStore();
  ({ store } = opened);
});
afterEach(() => opened.close());

const hourMs = 3600_000;
const deps = () => ({ store, orgIds: ['default'], hibernateMs: hourMs, clock: tomorrow, log: quiet });

test('killed with the blob written and the session not moved: the session is as it was, the blob goes', async () => {
  const id = await idleSession(store);
  const before = await keysOf(store, id);
  const copy = await copySession(store, id);
  const path = await store.archives.blobs.aside();
  if (!copy) throw new Error('no copy');
  await writeArchive(path, store, id, copy);
  const blob = `archives/${id}/1-dead.sqlite`;
  await store.archives.blobs.putFile(blob, path);
  expect(await keysOf(store, id)).toEqual(before);
  // Another hibernation may be about to name it: only its age tells.
  expect(await sweepArchives(store, Date.now())).toEqual([]);
  expect(await sweepArchives(store, Date.now() + 2 * hourMs)).toEqual([blob]);
  // Out of the way for a week, for who finds that it should not have gone.
  expect(await store.archives.blobs.file(`trash/${blob}`)).not.toBeNull();
  await sweepArchives(store, Date.now() + 6 * 24 * hourMs);
  expect(await store.archives.blobs.file(`trash/${blob}`)).not.toBeNull();
  await sweepArchives(store, Date.now() + 8 * 24 * hourMs);
  expect(await store.archives.blobs.file(`trash/${blob}`)).toBeNull();
  expect(await hibernateSession(store, id, tomorrow())).toBe('moved');
  await restoreSession(store, id);
});

test('killed while the file was written: what is left of it goes', async () => {
  const path = await store.archives.blobs.aside();
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, 'half');
  expect(await sweepArchives(store, Date.now())).toEqual([]);
  expect(await sweepArchives(store, Date.now() + 2 * hourMs)).toHaveLength(1);
});

test('killed between loading and taking place: still hibernated, what was loaded goes by itself, the next one restores', async () => {
  const id = await idleSession(store);
  const before = await lastingKeys(store, id);
  await hibernateSession(store, id, tomorrow());
  const { blob = '' } = (await readHome(store, id)) ?? {};
  const file = openArchive((await store.archives.blobs.file(blob)) ?? '');
  if (!file) throw new Error('no archive');
  const staged = await stageSession(store, id, { file, blob });
  file.close();
  for (const key of await store.keys(`*${staged.suffix}*`)) expect(await store.ttl(key)).toBeGreaterThan(0);
  expect(await isCold(store, id)).toBe(true);
  await restoreSession(store, id);
  // The one that hung comes too late.
  expect(await takePlace(store, id, staged)).toBe(0);
  expect(await lastingKeys(store, id)).toEqual(before);
});

test('what ran out of its time while it was loaded does not take place', async () => {
  const id = await idleSession(store);
  await hibernateSession(store, id, tomorrow());
  const { blob = '' } = (await readHome(store, id)) ?? {};
  const file = openArchive((await store.archives.blobs.file(blob)) ?? '');
  if (!file) throw new Error('no archive');
  const staged = await stageSession(store, id, { file, blob });
  file.close();
  await store.del(sessionKey(id, `${staged.suffix}${part.context}`));
  expect(await takePlace(store, id, staged)).toBe(-1);
  expect([...(await keysOf(store, id)).keys()]).toEqual([part.home]);
});

test('the script that moved a session may be sent again: it is still moved, and the archive stays', async () => {
  const id = await idleSession(store);
  const sent: Parameters<Store['dhHibernate']>[] = [];
  const spied = Object.assign(Object.create(store) as Store, {
    dhHibernate: async (...args: Parameters<Store['dhHibernate']>) => {
      sent.push(args);
      await store.dhHibernate(...args);
      return store.dhHibernate(...args);
    },
  });
  expect(await hibernateSession(spied, id, tomorrow())).toBe('moved');
  expect(sent).toHaveLength(1);
  await restoreSession(store, id);
});

test('a session that changed in any way since it was copied is not moved', async () => {
  const change: Record<string, (id: string) => Promise<unknown>> = {
    event: id => note(store, id, 'x'),
    field: id => store.hset(sessionKey(id, part.meta), 'disk', 'other'),
    context: id => store.rpush(sessionKey(id, part.context), '{}'),
    inbox: id => store.rpush(sessionKey(id, part.inbox), 'prm_000001'),
    lease: id => store.set(sessionKey(id, part.lease), 'me'),
    artifact: id => store.hset(sessionKey(id, part.artifacts), 'art_000002', '{}'),
  };
  for (const [name, happen] of Object.entries(change)) {
    const id = await idleSession(store);
    const spied = Object.assign(Object.create(store) as Store, {
      dhHibernate: async (...args: Parameters<Store['dhHibernate']>) => {
        await happen(id);
        return store.dhHibernate(...args);
      },
    });
    expect([name, await hibernateSession(spied, id, tomorrow())]).toEqual([name, 'busy']);
    expect(await isCold(store, id)).toBe(false);
  }
});

test('the blob of a restored session stays until the next hibernation has its own', async () => {
  const id = await idleSession(store);
  await hibernateSession(store, id, tomorrow());
  const [first] = await archiveBlobs(store);
  await restoreSession(store, id);
  expect(await sweepArchives(store, Date.now() + 48 * hourMs)).toEqual([]);
  expect(await archiveBlobs(store)).toEqual([first]);
  await hibernateSession(store, id, tomorrow());
  const [second, ...others] = await archiveBlobs(store);
  expect(others).toEqual([]);
  expect(second).not.toBe(first);
  expect((await readHome(store, id))?.blob).toBe(second);
});

test('a look finds what idles and only that, leaves the rest for later, and finds what a crash left out', async () => {
  const ids = await Promise.all(Array.from({ length: 4 }, () => idleSession(store)));
  const [busy = '', fresh = ''] = ids;
  await store.set(sessionKey(busy, part.lease), 'me');
  // Its last use is not in the index, but in its log.
  const soon = { ...deps(), clock: () => Date.now() + hourMs + 1000 };
  await store.hset(sessionKey(fresh, part.meta), 'updatedAt', String(Date.now() + 5000));
  await store.zrem(orgKeys.hot, ids[3] ?? '');
  await hibernateIdle(soon);
  expect(await Promise.all(ids.map(id => isCold(store, id)))).toEqual([false, false, true, false]);
  expect(await Promise.all(ids.map(id => indexed(store, id)))).toEqual([true, true, false, false]);
  await indexSessions(store, ['default']);
  await store.del(sessionKey(busy, part.lease));
  await hibernateIdle(deps());
  expect(await Promise.all(ids.map(id => isCold(store, id)))).toEqual([true, true, true, true]);
  expect(await store.exists(orgKeys.hot)).toBe(0);
  await note(store, fresh, 'back');
  expect(await indexed(store, fresh)).toBe(true);
});

test('a sweep looks at many archives of many ages', async () => {
  const kept = await Promise.all(Array.from({ length: 3 }, () => idleSession(store)));
  for (const id of kept) await hibernateSession(store, id, tomorrow());
  const stray = `archives/${kept[0]}/0-stray.sqlite`;
  await store.archives.blobs.put(stray, Buffer.from('x'));
  const old = new Date(Date.now() - 2 * hourMs);
  for (const key of await archiveBlobs(store))
    await utimes((await store.archives.blobs.file(key)) ?? '', old, old);
  expect(await sweepArchives(store, Date.now())).toEqual([stray]);
  for (const id of kept) await restoreSession(store, id);
});
