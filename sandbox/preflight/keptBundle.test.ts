import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { keptBundle } from './keptBundle.ts';

const root = mkdtempSync(join(tmpdir(), 'deckhand-bundle-'));
afterAll(() => rmSync(root, { recursive: true }));

test('programs are bundled anew where a file that went in has changed, is gone, or the way is another', () => {
  const file = join(root, 'cache/programs.json');
  let bundled = 0;
  const make = (key = 'a') =>
    keptBundle(file, { root, key }, () => {
      bundled += 1;
      return { inputs: ['a.ts', 'b.ts'], programs: [{ name: 'a.mjs', text: `made ${bundled}` }] };
    })[0]?.text;
  writeFileSync(join(root, 'a.ts'), 'one');
  writeFileSync(join(root, 'b.ts'), 'one');
  expect([make(), make()]).toEqual(['made 1', 'made 1']);
  writeFileSync(join(root, 'b.ts'), 'two');
  expect([make(), make()]).toEqual(['made 2', 'made 2']);
  rmSync(join(root, 'a.ts'));
  expect([make(), make('other')]).toEqual(['made 3', 'made 4']);
  writeFileSync(file, 'rubbish');
  expect(make('other')).toBe('made 5');
});

test('a cache that cannot be written costs time only', () => {
  writeFileSync(join(root, 'file'), '');
  const make = () =>
    keptBundle(join(root, 'file/x/programs.json'), { root, key: 'a' }, () => ({
      inputs: [],
      programs: [{ name: 'a.mjs', text: 'made' }],
    }));
  expect([make(), make()]).toEqual([[{ name: 'a.mjs', text: 'made' }], [{ name: 'a.mjs', text: 'made' }]]);
});
