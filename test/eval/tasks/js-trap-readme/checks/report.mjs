import assert from 'node:assert/strict';
import { report } from './report.js';
assert.deepEqual(report([{ name: 'A', sales: [1, 2] }, { name: 'B', sales: [] }, { name: 'C', sales: [4] }]), ['A 1.50', 'B 0.00', 'C 4.00', 'All 2.75']);
assert.deepEqual(report([{ name: 'A', sales: [] }]), ['A 0.00', 'All 0.00']);
assert.deepEqual(report([{ name: 'A', sales: [0, 0] }, { name: 'B', sales: [2] }]), ['A 0.00', 'B 2.00', 'All 1.00']);
assert.deepEqual(report([]), ['All 0.00']);
console.log('ok');
