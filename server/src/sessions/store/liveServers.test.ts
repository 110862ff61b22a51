import { hostname } from 'node:os';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openTestStore } from '../../../test/helpers/testStore.ts';
import { orgKeys } from './keys.ts';
import { joinServers, liveServers } from './liveServers.ts';

let opened: Awaited<ReturnType<typeof openTestStore>>;
beforeAll(async () => {
  opened = await openTestStore();
});
afterAll(() => opened.close());

/** Above any that a process has. */
const nobody = 2 ** 30;

test('a server that was killed here counts no more, one of another place does until it is silent', async () => {
  const { store } = opened;
  const mine = await joinServers(store, () => {});
  const [name = ''] = await liveServers(store);
  const [host, pid, namespace] = name.split(':');
  expect([host, pid]).toEqual([hostname(), String(process.pid)]);
  const say = (server: string) => store.zadd(orgKeys.servers, Date.now(), server);
  await say(`${host}:${nobody}:${namespace}:killed`);
  // A container may have its host's name, and numbers of its own for processes.
  await say(`${host}:${nobody}:4:contained`);
  await say(`elsewhere:${nobody}:${namespace}:away`);
  await store.zadd(orgKeys.servers, Date.now() - 60_000, 'elsewhere:1:1:silent');
  const alive = (await liveServers(store)).map(each => each.split(':').at(-1));
  expect(alive.toSorted()).toEqual(['away', 'contained', name.split(':').at(-1)].toSorted());
  expect((await mine.leave()).map(each => each.split(':').at(-1)).toSorted()).toEqual(['away', 'contained']);
});
