import { faults } from '../faults/rows.ts';
import { runTable } from './table.ts';

/** `npm run test:faults`: every row of `test/faults/rows.ts`, as a table. `--soak`: an hour under load besides. */
const args = process.argv.slice(2);
process.env.DECKHAND_TEST_FAULTS = '1';
if (args.includes('--soak')) process.env.DECKHAND_TEST_SOAK = '1';
process.exitCode = await runTable(
  faults.filter(({ area }) => area !== 'Soak' || args.includes('--soak')),
  args.filter(arg => arg !== '--soak'),
);
