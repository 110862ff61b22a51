import type { z } from 'zod';
import { Environment } from '../src/setup/environment.ts';

/** Prints the rows of the README's configuration table as JSON: `node server/launch/configTable.ts`. */
const rows = Object.entries(Environment.shape as Record<string, z.ZodType>).map(([name, schema]) => {
  const fallback = schema.safeParse(undefined).data;
  const shown = fallback === undefined || fallback === false ? '' : ` \`${fallback}\``;
  return `| \`${name}\` |${shown} | ${schema.description} |`;
});
process.stdout.write(JSON.stringify(rows));
