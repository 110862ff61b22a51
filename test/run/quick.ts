import { runJest } from './jest.ts';
import { testsOf } from './tiers.ts';

/** `npm run test:quick`: what tells within three minutes whether something broke. */
process.exitCode = await runJest(['--runTestsByPath', ...testsOf('quick'), ...process.argv.slice(2)]);
