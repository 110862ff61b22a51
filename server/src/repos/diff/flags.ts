/**
 * How everything that is shown of a change is made: whatever lists, counts or prints it says the same. Nothing that a
 * repository names is run for it. `worktree/scripts/changed-files.sh` compares a work tree alike.
 */
export const diffFlags = [
  '--no-color',
  '--no-ext-diff',
  '--no-textconv',
  '--find-renames=50%',
  '-l1000',
  '--diff-algorithm=myers',
  '--no-relative',
  '--full-index',
];

/** Two states are compared for no longer than this. */
export const diffTimeoutMs = 30_000;
