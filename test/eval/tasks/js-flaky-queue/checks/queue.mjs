import assert from 'node:assert/strict';
const { Queue } = await import(process.argv[2]);
const queue = new Queue();
const seen = [];
const pause = () => new Promise(resolve => setTimeout(resolve, 5));
queue.add(async () => {
  queue.add(async () => {
    await pause();
    seen.push(2);
    queue.add(async () => { await pause(); seen.push(3); });
  });
  seen.push(1);
});
await queue.idle();
assert.deepEqual(seen, [1, 2, 3]);
assert.equal(queue.waiting, 0);
await assert.rejects(queue.add(async () => { throw new Error('no'); }), /no/);
assert.equal(await queue.add(() => 7), 7);
await new Queue().idle();
console.log('ok');
