import { runJest } from './jest.ts';

/** `npm run test:managers`: package managers of languages that our base image does not have, really installing. */
process.env.DECKHAND_TEST_MANAGERS = '1';
const named = process.argv.slice(2);
process.exitCode = await runJest(named.length > 0 ? named : ['\\.managers\\.test\\.ts$']);
