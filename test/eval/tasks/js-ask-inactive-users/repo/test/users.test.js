import assert from 'node:assert/strict';
import { test } from 'node:test';
import { byId } from '../src/users.js';

test('a user is found', () => assert.equal(byId([{ id: 1 }], 1).id, 1));
