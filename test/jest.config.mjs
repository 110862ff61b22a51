import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';

const at = path => fileURLToPath(new URL(path, import.meta.url));

/** Unit tests lie beside their code, whole-system tests under test/. Both run through here. */
export default {
  rootDir: at('..'),
  testMatch: ['<rootDir>/{shared,sandbox,server,slackbot,extension,test}/**/*.test.ts'],
  // What only tells engines apart runs by `npm run test:engines`.
  testPathIgnorePatterns: [
    '/node_modules/',
    '/.deckhand/',
    // Repositories that an agent is to work on.
    '/test/eval/tasks/',
    '<rootDir>/[^/]+/build/',
    // What needs languages that our base image does not have, by `npm run test:managers`.
    ...(process.env.DECKHAND_TEST_MANAGERS ? [] : ['\\.managers\\.test\\.ts$']),
    // Attacks and faults that take long, by `npm run test:attacks` and `npm run test:faults`.
    ...(process.env.DECKHAND_TEST_ATTACKS ? [] : ['\\.attacks\\.test\\.ts$']),
    ...(process.env.DECKHAND_TEST_FAULTS ? [] : ['\\.faults\\.test\\.ts$']),
    ...(process.env.DECKHAND_TEST_ENGINES ? [] : ['\\.engines\\.test\\.ts$']),
  ],
  modulePathIgnorePatterns: ['/.deckhand/', '/test/eval/tasks/', '<rootDir>/[^/]+/build/', '/dist/'],
  extensionsToTreatAsEsm: ['.ts', '.tsx'],
  transform: { '\\.ts$': at('./jest/strip-types.mjs') },
  // Only ends a test that hangs. What one waits for has a limit of its own (test/support/patience.ts), which says what.
  testTimeout: 400_000,
  // Most tests wait for a server, an engine or a browser a good part of their time.
  maxWorkers: availableParallelism() + 1,
  // Jest keeps the modules of every suite that a worker ran (5 to 10 MB each). Each process that a test starts is a fork
  // first, which copies the page tables of all that: a worker of 1 GB takes some 30 ms of the processor for one git.
  workerIdleMemoryLimit: '200MB',
};
