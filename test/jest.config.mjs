import { fileURLToPath } from 'node:url';

const at = path => fileURLToPath(new URL(path, import.meta.url));

/** Unit tests lie beside their code, whole-system tests under test/. Both run through here. */
export default {
  rootDir: at('..'),
  testMatch: ['<rootDir>/{shared,sandbox,server,slackbot,extension,test}/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/.deckhand/', '/build/'],
  modulePathIgnorePatterns: ['/.deckhand/', '/build/', '/dist/'],
  extensionsToTreatAsEsm: ['.ts', '.tsx'],
  transform: { '\\.ts$': at('./jest/strip-types.mjs') },
  // Only ends a test that hangs. What one waits for has a limit of its own (test/support/patience.ts), which says what.
  testTimeout: 400_000,
  maxWorkers: 2,
};
