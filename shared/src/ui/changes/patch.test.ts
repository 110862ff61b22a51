import { expect, test } from '@jest/globals';
import { linesOf, quoteOf, shortened, shownPath, splitPatches } from './patch.ts';

const diff = `diff --git a/src/a.ts b/src/a.ts
index 111..222 100644
--- a/src/a.ts
+++ b/src/a.ts
@@ -1,3 +1,3 @@
 one
---- two
+++ two
 three
@@ -10,2 +10,3 @@ here
 ten
+more
 eleven
diff --git a/new.md b/new.md
new file mode 100644
--- /dev/null
+++ b/new.md
@@ -0,0 +1,2 @@
+diff --git is only text here
+two
\\ No newline at end of file
diff --git a/link b/link
deleted file mode 100644
@@ -1 +0,0 @@
-text
diff --git a/link b/link
new file mode 120000
@@ -0,0 +1 @@
+a
`;

test('a diff is cut into the patches of its files', () => {
  const patches = splitPatches(diff);
  expect(patches.map(patch => patch.slice(0, patch.indexOf('\n')))).toEqual([
    'diff --git a/src/a.ts b/src/a.ts',
    'diff --git a/new.md b/new.md',
    'diff --git a/link b/link',
  ]);
  expect(patches.join('')).toBe(diff);
  expect(splitPatches('')).toEqual([]);
  expect(splitPatches('fatal: bad revision')).toEqual([]);
});

test('lines have their numbers on both sides, whatever they look like', () => {
  const [first = '', second = ''] = splitPatches(diff);
  expect(linesOf(first)).toEqual([
    { before: 1, after: 1, sign: ' ', text: 'one' },
    { before: 2, after: null, sign: '-', text: '--- two' },
    { before: null, after: 2, sign: '+', text: '++ two' },
    { before: 3, after: 3, sign: ' ', text: 'three' },
    { before: 10, after: 10, sign: ' ', text: 'ten' },
    { before: null, after: 11, sign: '+', text: 'more' },
    { before: 11, after: 12, sign: ' ', text: 'eleven' },
  ]);
  expect(linesOf(second).map(({ after, text }) => [after, text])).toEqual([
    [1, 'diff --git is only text here'],
    [2, 'two'],
  ]);
});

test('a quote is the lines of one side, or nothing where some of them are not shown', () => {
  const lines = linesOf(splitPatches(diff)[0] ?? '');
  expect(quoteOf(lines, { side: 'before', from: 1, to: 3 })).toBe('one\n--- two\nthree');
  expect(quoteOf(lines, { side: 'after', from: 2, to: 2 })).toBe('++ two');
  expect(quoteOf(lines, { side: 'after', from: 3, to: 10 })).toBeNull();
  expect(quoteOf(lines, { side: 'after', from: 12, to: 13 })).toBeNull();
  expect(quoteOf(lines, { side: 'after', from: 3, to: 2 })).toBeNull();
});

test('lines without end and names that mislead are shown as what they are', () => {
  const long = shortened(`+${'x'.repeat(1_000_000)}\n+y`);
  expect(long.length).toBeLessThan(2100);
  expect(long).toMatch(/998,001 more characters\n\+y$/);
  expect(shownPath('a\u202egpj.exe\n<b>')).toBe('a\\u{202e}gpj.exe\\u{a}<b>');
});
