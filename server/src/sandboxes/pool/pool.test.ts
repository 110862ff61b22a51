import { newId } from '@deckhand/shared';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { openTestStore } from '../../../test/helpers/testStore.ts';
import type { Store } from '../../sessions/store/store.ts';
import { type Image, ImageRecords } from '../images/imageRecords.ts';
import { type Ownership, OwnershipRecords } from '../lifecycle/ownership.ts';
import type { Sandboxes } from '../sandboxes.ts';
import { Pool } from './pool.ts';

let store: Awaited<ReturnType<typeof openTestStore>>;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store.close());
beforeEach(() => store.store.flushall());

const image: Image = {
  imageId: 'img_current',
  repoId: 'shop',
  disk: 'image-img_current',
  root: null,
  commit: 'c0ffee',
  branch: 'main',
  fingerprint: 'f',
  rootFingerprint: 'r',
  installFingerprint: 'i',
  environment: {
    source: 'none',
    rootfs: { kind: 'base' },
    ports: [],
    env: {},
    caches: [],
    services: {},
    guesses: [],
    lockFiles: [],
    notes: [],
    missing: [],
  },
  lacks: [],
  builtAtMs: 0,
  durationMs: 0,
  bytes: 0,
};

const entry = (more: Partial<Ownership> = {}): Ownership => ({
  sandboxId: newId('sandbox'),
  owner: 'pool',
  claimId: 'pool',
  repoId: 'shop',
  orgId: 'default',
  createdAtMs: 1,
  imageId: image.imageId,
  readyAtMs: 2,
  ...more,
});

/** A server: its own connection, no engine, since claiming asks none. */
function node(connection: Store): { pool: Pool; records: OwnershipRecords; images: ImageRecords } {
  const records = new OwnershipRecords(connection);
  const images = new ImageRecords(connection);
  const sandboxes = { records, images, isBridged: () => false } as unknown as Sandboxes;
  const options = { store: connection, min: 0, max: 4, total: 8, now: Date.now };
  return { pool: new Pool(sandboxes, options), records, images };
}

const session = () => ({ owner: 'session' as const, claimId: newId('session') });

test('however many servers claim at once, no sandbox goes to two sessions', async () => {
  const servers = [node(store.connect()), node(store.connect()), node(store.connect())];
  const [first] = servers;
  await first?.images.put('shop', { good: image, last: null });
  const entries = Array.from({ length: 5 }, () => entry());
  for (const each of entries) await first?.records.add(each);
  const claims = servers.flatMap(server =>
    Array.from({ length: 4 }, () => server.pool.claim('shop', session())),
  );
  const got = (await Promise.all(claims)).filter(each => each !== null);
  expect(got.map(each => each.sandboxId).toSorted()).toEqual(entries.map(each => each.sandboxId).toSorted());
  expect(new Set(got.map(each => each.claimId)).size).toBe(5);
});

test('only what is up, of the image in service and of the repository is given out', async () => {
  const { pool, records, images } = node(store.connect());
  await images.put('shop', { good: image, last: null });
  for (const other of [
    entry({ imageId: 'img_before' }),
    entry({ readyAtMs: undefined }),
    entry({ repoId: 'other' }),
    entry({ owner: 'session', claimId: newId('session') }),
  ])
    await records.add(other);
  expect(await pool.claim('shop', session())).toBeNull();
  const good = entry();
  await records.add(good);
  expect((await pool.claim('shop', session()))?.sandboxId).toBe(good.sandboxId);
  expect(await pool.claim('shop', session())).toBeNull();
});

test('an entry that is claimed while it is dropped stays with who claimed it', async () => {
  const { pool, records, images } = node(store.connect());
  await images.put('shop', { good: image, last: null });
  const seen = entry();
  await records.add(seen);
  const mine = await pool.claim('shop', session());
  expect(await pool.drop(seen)).toBe(false);
  expect(await records.get(seen.sandboxId)).toEqual(mine);
});
