import type { Tree } from '../../src/sandboxes/environments/tree.ts';

/** The files of a commit that nobody made. */
export const treeOf = (files: Record<string, string>): Tree => ({
  paths: Object.keys(files),
  read: async path => (Object.hasOwn(files, path) ? (files[path] ?? null) : null),
});
