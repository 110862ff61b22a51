import { lstat, mkdtemp, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import iconv from 'iconv-lite';
import { EditInput, type WriteInput } from '../../protocol/tools.ts';
import { apply } from './change.ts';
import { planEdit } from './edit.ts';
import type { Plan } from './plan.ts';
import { read } from './read.ts';
import { planWrite } from './write.ts';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp('/tmp/deckhand-text-');
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const never = new AbortController().signal;
const place = (name: string) => join(dir, name);
const bytesOf = (name: string) => readFile(place(name));
const put = (name: string, content: Buffer | string) => writeFile(place(name), content);

async function carryOut(plan: Plan) {
  if (plan.ok) await apply(plan.change);
  return plan.answer;
}
const edit = async (name: string, more: Omit<EditInput, 'path'>) =>
  carryOut(await planEdit(EditInput.parse({ path: place(name), ...more })));
const write = async (name: string, content: WriteInput['content']) =>
  carryOut(await planWrite({ path: place(name), content }));

describe('a file that is not UTF-8 keeps every byte that nobody asked to change', () => {
  test.each([
    ['ISO-8859-1', 'ü = 1\nb = 2\n', 'ß = 2'],
    ['ISO-8859-1', 'name = "Müller"\nb = 2\n', 'ä = 3'],
    ['Shift_JIS', '// コメント\nint main(){}\nb = 2\n', 'b = "テスト"'],
    ['GBK', '// 注释\nint main(){}\nb = 2\n', 'b = "测试"'],
    ['EUC-KR', '안녕하세요 세계\nb = 2\n', 'b = "테스트"'],
    ['windows-1251', 'Привет мир, как дела\nb = 2\n', 'b = "тест"'],
  ])('%s', async (encoding, content, fresh) => {
    await put('legacy', iconv.encode(content, encoding));
    // What is plain in every encoding needs no word of which it is.
    const plain = await edit('legacy', { old: 'b = 2', new: 'b = 3' });
    expect(plain).toMatchObject({ ok: true, summary: expect.stringContaining('not UTF-8') });
    expect(await bytesOf('legacy')).toEqual(iconv.encode(content.replace('b = 2', 'b = 3'), encoding));
    expect((await read({ path: place('legacy'), encoding }, never)).output).toContain(content.split('\n')[0]);
    expect(await edit('legacy', { old: 'b = 3', new: fresh, encoding })).toMatchObject({ ok: true });
    expect(await bytesOf('legacy')).toEqual(iconv.encode(content.replace('b = 2', fresh), encoding));
  });

  test('what its encoding cannot say is refused, and names it', async () => {
    const before = iconv.encode('schöne Grüße aus Köln\n', 'ISO-8859-1');
    await put('latin', before);
    const answer = await edit('latin', { old: 'Köln', new: '→ Köln 日' });
    expect(answer).toMatchObject({ ok: false, output: expect.stringMatching(/ISO-8859-1.*“→”, “日”/) });
    expect(await write('latin', '日本\n')).toMatchObject({ ok: false });
    expect(await bytesOf('latin')).toEqual(before);
    expect(await write('latin', 'Übung\n')).toMatchObject({ ok: true });
    expect(await bytesOf('latin')).toEqual(iconv.encode('Übung\n', 'ISO-8859-1'));
  });

  test.each(['utf-16le', 'utf-16be', 'utf8'])('%s with a byte order mark', async encoding => {
    await put('marked', iconv.encode('a → b\r\nc\r\n', encoding, { addBOM: true }));
    expect((await read({ path: place('marked') }, never)).output).toMatch(/byte order mark|UTF-16/);
    await edit('marked', { old: 'c', new: 'd' });
    expect(await bytesOf('marked')).toEqual(iconv.encode('a → b\r\nd\r\n', encoding, { addBOM: true }));
    await write('marked', 'whole\nnew\n');
    expect(await bytesOf('marked')).toEqual(iconv.encode('whole\r\nnew\r\n', encoding, { addBOM: true }));
  });

  test('bytes of no text are refused', async () => {
    await put('binary', Buffer.from([0x89, 0x50, 0, 1, 2, 255]));
    expect(await edit('binary', { old: 'P', new: 'Q' })).toMatchObject({ ok: false });
    expect(await edit('binary', { old: 'P', new: 'Q', encoding: 'klingon' })).toMatchObject({
      ok: false,
      output: expect.stringContaining('no such encoding'),
    });
  });
});

describe('line ends', () => {
  test('an old text of several lines matches over CRLF, and what is put in takes them', async () => {
    await put('crlf', 'one\r\ntwo\r\nthree\r\n');
    await edit('crlf', { old: 'one\ntwo\n', new: 'one\nand a half\ntwo\n' });
    expect(String(await bytesOf('crlf'))).toBe('one\r\nand a half\r\ntwo\r\nthree\r\n');
  });

  test('of mixed ones each line that stays keeps its own', async () => {
    await put('mixed', 'a\r\nb\nc\r\nd\n');
    await edit('mixed', { old: 'a\nb\nc\nd\n', new: 'a\nB\nc\nd\n' });
    expect(String(await bytesOf('mixed'))).toBe('a\r\nB\nc\r\nd\n');
  });

  test('a whole file written anew keeps CRLF where it had nothing else', async () => {
    await put('crlf', 'a\r\nb\r\n');
    expect((await write('crlf', 'c\nd\n')).summary).toContain('CRLF');
    expect(String(await bytesOf('crlf'))).toBe('c\r\nd\r\n');
    await put('mixed', 'a\r\nb\n');
    await write('mixed', 'c\nd\n');
    expect(String(await bytesOf('mixed'))).toBe('c\nd\n');
  });

  test('whatever a text is made of: it is as if its bytes had been cut and joined', async () => {
    const line = fc.tuple(fc.constantFrom('a', 'b', ' c', 'é', '', '\t'), fc.constantFrom('\n', '\r\n'));
    const lines = fc.array(line, { minLength: 0, maxLength: 12 });
    const join = (parts: string[][]) => parts.flat().join('');
    await fc.assert(
      fc.asyncProperty(
        lines,
        lines,
        fc.array(fc.constantFrom('x', 'y\nz', 'é'), { maxLength: 3 }),
        async (before, behind, fresh) => {
          await put('any', `${join(before)}MARK\n<>${join(behind)}`);
          const text = fresh.join('\n');
          await edit('any', { old: '<>', new: `<${text}>` });
          const now = String(await bytesOf('any'));
          expect(now.startsWith(`${join(before)}MARK\n<`)).toBe(true);
          expect(now.endsWith(`>${join(behind)}`)).toBe(true);
          expect(
            now.slice(join(before).length + 6, now.length - join(behind).length - 1).replaceAll('\r\n', '\n'),
          ).toBe(text);
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('what is looked for', () => {
  test('several edits are made together or not at all', async () => {
    await put('many', 'one\ntwo\nthree\n');
    const edits = [
      { old: 'one', new: '1' },
      { old: 'four', new: '4' },
    ];
    expect((await edit('many', { edits })).output).toContain('edit 2 (none was made)');
    expect(String(await bytesOf('many'))).toBe('one\ntwo\nthree\n');
    await edit('many', { edits: [...edits.slice(0, 1), { old: '1\ntwo', new: '1\n2' }] });
    expect(String(await bytesOf('many'))).toBe('1\n2\nthree\n');
    expect(EditInput.safeParse({ path: 'x', old: 'a' }).success).toBe(false);
    expect(EditInput.safeParse({ path: 'x', old: 'a', new: 'b', edits }).success).toBe(false);
  });

  test('lines that are indented otherwise match, are indented so, and it is said', async () => {
    await put('deep.py', 'class A:\n    def f(self):\n        return 1\n\n    x = 2\n');
    const answer = await edit('deep.py', {
      old: 'def f(self):\n    return 1\n',
      new: 'def f(self):\n    if x:\n        return 2\n    return 1\n',
    });
    expect(answer).toMatchObject({ ok: true, summary: expect.stringContaining('other white space') });
    expect(String(await bytesOf('deep.py'))).toBe(
      'class A:\n    def f(self):\n        if x:\n            return 2\n        return 1\n\n    x = 2\n',
    );
  });

  test('a near miss shows the nearest place and how it differs', async () => {
    await put('near.ts', 'const a = 1;\nfunction total(items: Item[]) {\n  return sum(items);\n}\n');
    const { ok, output } = await edit('near.ts', {
      old: 'function total(item: Item[]) {\n  return sum(items);\n}',
      new: '',
    });
    expect(ok).toBe(false);
    expect(output).toContain('from 2 on');
    expect(output).toContain('2\tfunction total(items: Item[]) {');
    expect((await edit('near.ts', { old: 'nothing of this kind', new: '' })).output).toContain(
      'nothing in it comes near',
    );
  });
});

describe('what is large is answered', () => {
  const largest = 8 * 1024 * 1024;

  test('bytes of no text, and of no known encoding', async () => {
    await put('zeros', Buffer.alloc(largest));
    expect(await edit('zeros', { old: 'a', new: 'b' })).toMatchObject({ ok: false });
    await put('high', Buffer.alloc(largest, 0xff));
    expect(await edit('high', { old: 'a', new: 'b' })).toMatchObject({
      ok: false,
      output: expect.stringContaining('not UTF-8, and too large'),
    });
  });

  test('many lines that are all alike, in which others are looked for in vain', async () => {
    await put('alike', 'x\n'.repeat(largest / 2));
    const old = `${'x\n'.repeat(100_000)}y`;
    expect(await edit('alike', { old, new: '' })).toMatchObject({ ok: false });
  });
});

describe('names and links', () => {
  test('a name that lies there decomposed is found under its usual spelling', async () => {
    const decomposed = 'u\u0308ber.txt';
    await put(decomposed, 'a\n');
    expect(await edit('\u00fcber.txt', { old: 'a', new: 'b' })).toMatchObject({ ok: true });
    expect(String(await bytesOf(decomposed))).toBe('b\n');
    await write('\u00fcber.txt', 'c\n');
    expect(String(await bytesOf(decomposed))).toBe('c\n');
  });

  test('writing through a link that leads nowhere yet makes what it points at', async () => {
    await symlink('later/there', place('link'));
    await write('link', 'x\n');
    expect(await readlink(place('link'))).toBe('later/there');
    expect(String(await bytesOf('later/there'))).toBe('x\n');
    await symlink('circle', place('circle'));
    expect(await write('circle', 'x\n')).toMatchObject({
      ok: false,
      output: expect.stringContaining('circle'),
    });
    expect((await lstat(place('circle'))).isSymbolicLink()).toBe(true);
  });
});
