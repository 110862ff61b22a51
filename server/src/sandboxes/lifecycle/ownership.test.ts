import { expect, test } from '@jest/globals';
import { redisProxy } from '../../../test/helpers/redisProxy.ts';
import { openTestStore } from '../../../test/helpers/testStore.ts';
import { type Ownership, OwnershipRecords } from './ownership.ts';

const record = (sandboxId: string): Ownership => ({
  sandboxId,
  repoId: 'sample',
  orgId: 'default',
  owner: 'pool',
  claimId: 'pool',
  createdAtMs: 1,
});

test('the last place is given once, and whoever got it hears so although the answer was lost', async () => {
  const opened = await openTestStore();
  const proxy = await redisProxy(opened.url);
  const broken = opened.connect(proxy.url);
  const records = new OwnershipRecords(opened.store);
  const cut = proxy.cutAnswerOf('sbx_last');
  expect(await new OwnershipRecords(broken).addWithin(record('sbx_last'), 1)).toBe(true);
  await cut;
  expect(await records.addWithin(record('sbx_more'), 1)).toBe(false);
  expect((await records.list()).map(({ sandboxId }) => sandboxId)).toEqual(['sbx_last']);
  broken.disconnect();
  await proxy.close();
  await opened.close();
});
