import { expect, test } from '@jest/globals';
import { cutPatches } from './cutPatches.ts';
import { listedOf } from './listed.ts';

const patch = (name: string, lines: string) =>
  `diff --git a/${name} b/${name}\nindex 1..2 100644\n--- a/${name}\n+++ b/${name}\n@@ -1 +1 @@\n${lines}`;
const three = [
  patch('a', '-diff --git a/x b/x\n+\n'),
  patch('b', ' diff --gi\n\\ No newline at end of file\n'),
  patch('c', `+${'ü'.repeat(500)}\n`),
];

async function* inChunks(text: string, bytes: number) {
  const all = Buffer.from(text);
  for (let at = 0; at < all.length; at += bytes) yield all.subarray(at, at + bytes);
}
const wide = { eachBytes: 10_000, allBytes: 100_000 };

test('a diff is cut at its files, wherever its chunks end', async () => {
  for (let bytes = 1; bytes < 140; bytes++)
    expect(await cutPatches(inChunks(three.join(''), bytes), wide)).toEqual(three.map(text => ({ text })));
  expect(await cutPatches(inChunks('', 10), wide)).toEqual([]);
});

test('what is too large is left out with its size, and what comes after it is kept', async () => {
  const [a = '', b = '', c = ''] = three;
  const bounds = { eachBytes: 400, allBytes: 100_000 };
  expect(await cutPatches(inChunks(a + c + b, 7), bounds)).toEqual([
    { text: a },
    { leftOutBytes: Buffer.byteLength(c) },
    { text: b },
  ]);
  const all = { eachBytes: 10_000, allBytes: a.length + 10 };
  expect(await cutPatches(inChunks(a + b, 50), all)).toEqual([{ text: a }, { leftOutBytes: b.length }]);
});

test('nobody reads a diff without end', async () => {
  let read = 0;
  async function* endless() {
    yield Buffer.from(patch('a', '+'));
    for (;;) {
      read += 1024 * 1024;
      yield Buffer.alloc(1024 * 1024, 'x');
    }
  }
  expect(await cutPatches(endless(), wide)).toEqual([{ leftOutBytes: null }]);
  expect(read).toBeLessThan(70 * 1024 * 1024);
});

const sha = (digit: string) => digit.repeat(40);
test('files are listed with what they were and are, and counted', () => {
  const raw = [
    `:100644 100644 ${sha('1')} ${sha('2')} M\0a\tb\n"<b>\0`,
    `:100644 100644 ${sha('3')} ${sha('3')} R090\0old name\0new/package-lock.json\0`,
    `:100644 120000 ${sha('4')} ${sha('5')} T\0link\0`,
    `:000000 100644 ${sha('0')} ${sha('6')} A\0logo.png\0`,
  ].join('');
  const numbers =
    '3\t1\ta\tb\n"<b>\0' + '0\t2\t\0old name\0new/package-lock.json\0' + '1\t1\tlink\0-\t-\tlogo.png\0';
  const { files, total } = listedOf(raw + numbers);
  expect(total).toEqual({ files: 4, added: 4, removed: 4 });
  expect(files.map(({ content: _, ...file }) => file)).toEqual([
    { path: 'a\tb\n"<b>', kind: 'changed', added: 3, removed: 1, binary: false, generated: false, parts: 1 },
    {
      path: 'new/package-lock.json',
      oldPath: 'old name',
      ...{ kind: 'renamed', added: 0, removed: 2, binary: false, generated: true, parts: 1 },
    },
    { path: 'link', kind: 'changed', added: 1, removed: 1, binary: false, generated: false, parts: 2 },
    { path: 'logo.png', kind: 'added', added: 0, removed: 0, binary: true, generated: false, parts: 1 },
  ]);
  expect(new Set(files.map(({ content }) => content)).size).toBe(4);
  expect(listedOf('')).toEqual({ files: [], total: { files: 0, added: 0, removed: 0 } });
});
