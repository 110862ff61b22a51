import { attacks } from '../attacks/rows.ts';
import { runTable } from './table.ts';

/** `npm run test:attacks`: every row of `test/attacks/rows.ts`, as a table. */
process.env.DECKHAND_TEST_ATTACKS = '1';
process.exitCode = await runTable(attacks, process.argv.slice(2));
