import { runJest } from './jest.ts';

/** `npm run test:engines`: what must hold on every kind of disk that an engine may have, on each of them. */
process.env.DECKHAND_TEST_ENGINES = '1';
const named = process.argv.slice(2);
const all = [
  '\\.engines\\.test\\.ts$',
  'sandboxes/driver.test',
  'sandboxes/folder-disks',
  'system/sleep.test',
];
process.exitCode = await runJest(named.length > 0 ? named : all);
