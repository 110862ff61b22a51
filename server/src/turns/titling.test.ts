import { expect, test } from '@jest/globals';
import { titleIn } from './titling.ts';

test.each([
  ['Rename the save button', 'Rename the save button'],
  ['  "Rename the save button."\n', 'Rename the save button'],
  ['Title: **Rename the save button**', 'Rename the save button'],
  ['# Kasse rechnet falsch', 'Kasse rechnet falsch'],
  ['\u202eRename\u0007 it', 'Rename it'],
])('%j names a session', (said, title) => {
  expect(titleIn(said)).toBe(title);
});

test.each([[''], ['\n\n'], ['"."'], ['ok'], ['x'.repeat(71)], [`I will ${'do many things '.repeat(9)}`]])(
  '%j is no name',
  said => {
    expect(titleIn(said)).toBeNull();
  },
);
