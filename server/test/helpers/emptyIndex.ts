import type { VisibleDeps } from '../../src/commands/visible.ts';

/** Where nobody lists sessions. */
export const emptyIndex: VisibleDeps['index'] = {
  repos: async () => [],
  find: async () => ({ found: [], after: null, partial: false }),
};
