import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { openTestStore } from '../../../test/helpers/testStore.ts';
import { type Blobs, folderBlobs } from '../../platform/blobs.ts';
import { matchDeployment } from './deployment.ts';

let store: Awaited<ReturnType<typeof openTestStore>>;
const folders: string[] = [];

beforeAll(async () => {
  store = await openTestStore();
});
afterAll(async () => {
  await store?.close();
  for (const dir of folders) await rm(dir, { recursive: true, force: true });
});
beforeEach(() => store.store.flushall());

async function newFolder(): Promise<Blobs> {
  const dir = await mkdtemp(join(tmpdir(), 'deckhand-blobs-'));
  folders.push(dir);
  return folderBlobs(dir);
}

const match = (blobs: Blobs, fresh: string) =>
  matchDeployment(store.store, blobs, { fresh, place: '/blobs' });

test('a new deployment takes its id once, whichever of its servers starts first', async () => {
  const blobs = await newFolder();
  const both = await Promise.all([match(blobs, 'one'), match(blobs, 'two')]);
  const ids = both.map(each => each.ok && each.id);
  expect(ids[0]).toBe(ids[1]);
  expect(await match(blobs, 'three')).toEqual({ ok: true, id: ids[0], owns: true });
});

test('archives beside a Redis that was emptied are nobody to sweep, also at the start after', async () => {
  const blobs = await newFolder();
  await match(blobs, 'one');
  await store.store.flushall();
  for (const fresh of ['two', 'three']) {
    const found = await match(blobs, fresh);
    expect(found).toMatchObject({ ok: true, id: 'one', owns: false });
    expect(found.ok && found.warning).toMatch(/Nothing is deleted.*redis-cli HSET dh:deployment id one/);
    await store.store.set('dh:something', 'written by a server that runs');
  }
  await store.store.hset('dh:deployment', 'id', 'one');
  expect(await match(blobs, 'four')).toEqual({ ok: true, id: 'one', owns: true });
});

test('archives of a version that kept no id are not swept by an empty Redis', async () => {
  const blobs = await newFolder();
  await blobs.put('archives/ses_old/1.sqlite', Buffer.from('kept'));
  expect(await match(blobs, 'one')).toMatchObject({ ok: true, owns: false });
  await store.store.set('dh:something', '1');
  expect(await match(blobs, 'one')).toMatchObject({ ok: true, owns: false });
});

test('a version that kept no id goes on with its Redis and its folder', async () => {
  const blobs = await newFolder();
  await blobs.put('archives/ses_old/1.sqlite', Buffer.from('kept'));
  await store.store.set('dh:org:default:sessions', 'some');
  expect(await match(blobs, 'one')).toEqual({ ok: true, id: 'one', owns: true });
});

test("a Redis of another deployment, and a second server with a folder of its own, don't start", async () => {
  const [first, second] = [await newFolder(), await newFolder()];
  await match(first, 'one');
  expect(await match(second, 'two')).toMatchObject({
    ok: false,
    message: expect.stringContaining('set DECKHAND_BLOBS to it'),
  });
  await second.put('deployment/id', Buffer.from('two'));
  expect(await match(second, 'two')).toMatchObject({
    ok: false,
    message: expect.stringContaining('belongs to deployment two, this Redis to one'),
  });
});

test('a crash between Redis and the folder is made good by the next start', async () => {
  const blobs = await newFolder();
  await store.store.hset('dh:deployment', 'id', 'one');
  expect(await match(blobs, 'two')).toEqual({ ok: true, id: 'one', owns: true });
});
