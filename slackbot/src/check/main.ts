import { parseArgs } from 'node:util';
import { parseConfig } from '../config.ts';
import { createLog } from '../log.ts';
import { check, type Finding } from './check.ts';

/** `npx deckhand slack check`: each thing that was looked at on a line; exit code 1 where something is missing. */
const { values } = parseArgs({ options: { 'config-token': { type: 'string' } } });
const parsed = parseConfig(process.env);
const findings: Finding[] = parsed.ok
  ? await check(parsed.config, createLog('silent', []), { configToken: values['config-token'] })
  : [{ ok: false, text: parsed.message }];
const signs = new Map([
  [true, 'ok     '],
  [false, 'MISSING'],
  [null, '?      '],
]);
for (const { ok, text } of findings) process.stdout.write(`${signs.get(ok)}  ${text}\n`);
process.exitCode = findings.some(({ ok }) => ok === false) ? 1 : 0;
