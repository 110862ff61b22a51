import { runJest } from './jest.ts';

/** `npm test`, once the machine is prepared: every test, or those named. */
process.exitCode = await runJest(process.argv.slice(2));
