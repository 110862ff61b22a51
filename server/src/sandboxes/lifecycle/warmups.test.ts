import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openTestStore } from '../../../test/helpers/testStore.ts';
import type { Meta } from '../../sessions/store/meta.ts';
import type { Pool } from '../pool/pool.ts';
import type { Sandboxes } from '../sandboxes.ts';
import { type Ownership, OwnershipRecords } from './ownership.ts';
import { Warmups, warmupsPerPerson } from './warmups.ts';

let store: Awaited<ReturnType<typeof openTestStore>>;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store.close());

test('one person holds a few places for what they type, an organisation half of them', async () => {
  const records = new OwnershipRecords(store.store);
  let made = 0;
  const claims: { warmedFor?: string | undefined }[] = [];
  const pool = {
    claim: async (repoId: string, claim: { warmedFor?: string }) => {
      claims.push(claim);
      const record = { sandboxId: `sbx_${made++}`, repoId, orgId: 'default', createdAtMs: 1, ...claim };
      await records.addWithin(record as never, 40);
      return record;
    },
  } as unknown as Pool;
  const sandboxes = { records, capacity: { most: 10 }, clock: () => 0 } as unknown as Sandboxes;
  const warmups = new Warmups(sandboxes, pool);
  const ask = (userId: string) => warmups.forRepo('shop', { orgId: 'default', userId });
  const ids = await Promise.all(Array.from({ length: 40 }, () => ask('usr_greedy')));
  expect(new Set(ids).size).toBe(40);
  expect(claims).toHaveLength(warmupsPerPerson);
  await Promise.all(['usr_b', 'usr_c', 'usr_d', 'usr_e'].map(ask));
  expect(claims.map(({ warmedFor }) => warmedFor)).toEqual([
    ...['usr_greedy', 'usr_greedy', 'usr_greedy'],
    ...['usr_b', 'usr_c'],
  ]);
});

test('whoever types at once, while their session is put to sleep, has it woken up once it sleeps', async () => {
  const records = new OwnershipRecords(store.store);
  const sandboxId = 'sbx_falls_asleep';
  const session: Ownership = { sandboxId, owner: 'session', claimId: 'ses_1', ...place };
  await records.addWithin(session, 40);
  const order: string[] = [];
  let slept = (): void => {};
  const sleeping = new Promise<void>(resolve => {
    slept = resolve;
  });
  const made = new Promise<void>(resolve => {
    const sandboxes = {
      records,
      capacity: { most: 40, hasRoom: async () => true },
      images: { get: async () => ({ good: null }) },
      clock: () => 0,
      sleep: async (record: Ownership) => {
        order.push(`asleep ${record.sandboxId}`);
        await sleeping;
      },
      make: async (_: Ownership, __: number, start: unknown) => {
        order.push(`made on ${JSON.stringify(start)}`);
        resolve();
        return { ok: true };
      },
    } as unknown as Sandboxes;
    const meta = { id: 'ses_1', orgId: 'default', repo: 'shop', disk: `sleep-${sandboxId}`, root: 'img' };
    void new Warmups(sandboxes, {} as Pool).forSession(meta as Meta, 'usr_a').then(slept);
  });
  await made;
  expect(order).toEqual([
    `asleep ${sandboxId}`,
    `made on ${JSON.stringify({ disk: `sleep-${sandboxId}`, root: 'img' })}`,
  ]);
});

test('a warm-up at which somebody looks meanwhile is still handed over', async () => {
  const records = new OwnershipRecords(store.store);
  const held: Ownership = { sandboxId: 'sbx_looked', owner: 'warmup', claimId: 'ses_2', ...place };
  await records.addWithin({ ...held, lookedAtMs: 5 }, 40);
  const warmups = new Warmups({ records, clock: () => 7 } as unknown as Sandboxes, {} as Pool);
  expect(await warmups.claim(held, 'ses_2')).toMatchObject({ owner: 'session', claimedAtMs: 7 });
  expect(await warmups.claim(held, 'ses_2')).toBeNull();
});

const place = { repoId: 'shop', orgId: 'default', createdAtMs: 1 };
