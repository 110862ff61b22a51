import { expect, test } from '@jest/globals';
import { splitDiff } from './splitDiff.ts';

const diff = `diff --git a/src/a.ts b/src/a.ts
index 111..222 100644
--- a/src/a.ts
+++ b/src/a.ts
@@ -1,3 +1,3 @@
 one
---- two
+++ two
 three
diff --git a/new.md b/new.md
new file mode 100644
index 000..333
--- /dev/null
+++ b/new.md
@@ -0,0 +1,2 @@
+diff --git is only text here
+two
diff --git a/old.md b/old.md
deleted file mode 100644
--- a/old.md
+++ /dev/null
@@ -1 +0,0 @@
-gone
diff --git a/x y.txt b/z.txt
similarity index 100%
rename from x y.txt
rename to z.txt
diff --git a/logo.png b/logo.png
index 111..222 100644
Binary files a/logo.png and b/logo.png differ
`;

test('a diff is cut into its files, with their counts', () => {
  expect(splitDiff(diff).map(({ patch: _, ...file }) => file)).toEqual([
    { path: 'src/a.ts', oldPath: 'src/a.ts', kind: 'changed', added: 1, removed: 1 },
    { path: 'new.md', oldPath: 'new.md', kind: 'added', added: 2, removed: 0 },
    { path: 'old.md', oldPath: 'old.md', kind: 'deleted', added: 0, removed: 1 },
    { path: 'z.txt', oldPath: 'x y.txt', kind: 'changed', added: 0, removed: 0 },
    { path: 'logo.png', oldPath: 'logo.png', kind: 'binary', added: 0, removed: 0 },
  ]);
  expect(
    splitDiff(diff)
      .map(({ patch }) => patch)
      .join(''),
  ).toBe(diff);
});

test('what is not a diff has no files', () => {
  expect(splitDiff('')).toEqual([]);
  expect(splitDiff('fatal: bad revision')).toEqual([]);
});
