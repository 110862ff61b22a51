import { expect, test } from '@jest/globals';
import { replicaWait } from './replicas.ts';

test('an answer waits for a replica; where none answers, others do not wait in vain for a while', async () => {
  let nowMs = 0;
  let replicas = 1;
  const asked: number[] = [];
  const missing: number[] = [];
  const store = {
    wait: async () => {
      asked.push(nowMs);
      return replicas;
    },
  };
  const written = replicaWait(store as never, { clock: () => nowMs, onMissing: () => missing.push(nowMs) });
  await written();
  replicas = 0;
  nowMs = 10;
  await written();
  nowMs = 20;
  await written();
  expect([asked, missing]).toEqual([[0, 10], [10]]);
  replicas = 1;
  nowMs = 20_000;
  await written();
  expect([asked, missing]).toEqual([[0, 10, 20_000], [10]]);
});
