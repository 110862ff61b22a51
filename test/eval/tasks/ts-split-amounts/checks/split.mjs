import assert from 'node:assert/strict';
const { split } = await import(process.argv[2]);
const same = (cents, weights, parts) => assert.deepEqual(split(cents, weights).map(part => part + 0), parts);
same(10000, [1, 1, 1], [3334, 3333, 3333]);
same(-10000, [1, 1, 1], [-3334, -3333, -3333]);
same(100, [1, 2, 3], [17, 33, 50]);
same(5, [0, 1, 1], [0, 3, 2]);
same(0, [1, 2], [0, 0]);
same(1, [1, 5, 5], [0, 1, 0]);
for (let i = 0; i < 500; i++) {
  const weights = Array.from({ length: 1 + (i % 7) }, (_, k) => ((i * 31 + k * 17) % 23) + 1);
  const cents = ((i * 7919) % 100_003) - 50_000;
  const parts = split(cents, weights);
  assert.equal(parts.reduce((a, b) => a + b, 0), cents);
  const sum = weights.reduce((a, b) => a + b, 0);
  parts.forEach((part, k) => {
    assert.ok(Number.isInteger(part));
    assert.ok(Math.abs(part - (cents * weights[k]) / sum) < 1);
  });
}
console.log('ok');
