import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openTestStore } from '../../../test/helpers/testStore.ts';
import type { Pool } from '../pool/pool.ts';
import type { Sandboxes } from '../sandboxes.ts';
import { OwnershipRecords } from './ownership.ts';
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
