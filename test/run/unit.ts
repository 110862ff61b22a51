import { runJest } from './jest.ts';
import { testsOf } from './tiers.ts';

/** `npm run unit`: the tests that need no Redis, engine or browser. */
process.exitCode = await runJest(['--runTestsByPath', ...testsOf('unit'), ...process.argv.slice(2)]);
