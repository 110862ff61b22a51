import assert from 'node:assert/strict';
const { mapLimit } = await import(process.argv[2]);
process.on('unhandledRejection', error => { console.log('unhandled', error); process.exit(1); });
const pause = ms => new Promise(resolve => setTimeout(resolve, ms));
assert.deepEqual(await mapLimit([], 3, async () => 1), []);
assert.deepEqual(await mapLimit([1, 2], 5, n => n + 1), [2, 3]);
let running = 0;
let most = 0;
await mapLimit(Array.from({ length: 20 }), 4, async () => {
  most = Math.max(most, ++running);
  await pause(2);
  running--;
});
assert.equal(most, 4);
const begun = [];
let ended = 0;
const failing = mapLimit([0, 1, 2, 3, 4, 5], 2, async n => {
  begun.push(n);
  if (n === 1) throw new Error('first');
  await pause(10);
  ended++;
  if (n === 0) throw new Error('second');
  return n;
});
await assert.rejects(failing, /first/);
assert.equal(ended, 1);
await pause(20);
assert.deepEqual(begun, [0, 1]);
await assert.rejects(mapLimit([1, 2, 3], 1, n => { if (n === 2) throw new Error('at once'); return n; }), /at once/);
for (const limit of [0, -1, Number.NaN])
  await assert.rejects(async () => mapLimit([1], limit, async () => 1));
const many = await mapLimit(Array.from({ length: 50_000 }, (_, i) => i), 8, i => i);
assert.equal(many.length, 50_000);
console.log('ok');
