import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bookings } from '../src/invoice.ts';

test('an amount is booked by shares', () => {
  assert.deepEqual(bookings(1000, { sales: 1, it: 3 }), [
    { costCentre: 'sales', cents: 250 },
    { costCentre: 'it', cents: 750 },
  ]);
});
