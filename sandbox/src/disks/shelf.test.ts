import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { Shelf } from './shelf.ts';

let dir = '';
let shelf: Shelf;
const removed: string[] = [];

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'deckhand-shelf-'));
  removed.length = 0;
  shelf = new Shelf(dir, async file => {
    removed.push(file);
    await rm(file, { force: true });
  });
  await shelf.open();
});
afterEach(() => rm(dir, { recursive: true }));

async function put(name: string, text: string): Promise<string> {
  const file = shelf.fresh(name);
  await writeFile(file, text);
  await shelf.publish(name, file, { text });
  return file;
}

test('a name is of one file at a time, and what had it before goes', async () => {
  const first = await put('a.b', 'one');
  const second = await put('a.b', 'two');
  expect(removed).toEqual([first]);
  expect(await readFile((await shelf.at('a.b')) ?? '', 'utf8')).toBe('two');
  expect(await shelf.aboutOf(second)).toEqual({ text: 'two' });
  expect(await shelf.list()).toEqual([{ name: 'a.b', file: second, ageMs: expect.any(Number) }]);
  await shelf.forget('a.b');
  await shelf.forget('a.b');
  expect(await shelf.list()).toEqual([]);
});

test('what has no name is told once it is old, whatever it says of its own age, and only that', async () => {
  await put('kept', 'k');
  const left = shelf.fresh('left');
  await writeFile(left, 'x');
  await writeFile(`${left}.json`, '{}');
  await symlink('../files/nowhere', `${left}.link`);
  expect(await shelf.nameless(60_000)).toEqual([]);
  expect((await shelf.nameless(0)).toSorted()).toEqual([left, `${left}.link`]);
});

test('a disk whose description was lost is good all the same', async () => {
  const file = await put('a', 'one');
  for (const text of ['', '[1', 'null', '3']) {
    await writeFile(`${file}.json`, text);
    expect(await shelf.aboutOf(file)).toEqual({});
  }
  expect((await shelf.list()).length).toBe(1);
});

test('a name that cannot be given leaves the one before, and no link', async () => {
  await put('a', 'one');
  await expect(shelf.publish('a', `${shelf.files}/no/such.img`, {})).rejects.toThrow(/ENOENT/);
  expect(await readFile((await shelf.at('a')) ?? '', 'utf8')).toBe('one');
  expect(await shelf.nameless(0)).toEqual([]);
});
