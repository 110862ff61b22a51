import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * `unit`: needs no Redis, engine or browser, and so runs anywhere, also in a sandbox. `quick`: those, what needs only
 * Redis, and one session from its prompt to its branch. Which tests these are is read from what they import.
 */
export type Tier = 'unit' | 'quick';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** What starts something that the tier does not have. */
const starters: Record<Tier, RegExp> = {
  unit: /^(@deckhand\/sandbox\/preflight|puppeteer|sandbox\/preflight\/|server\/launch\/|test\/(support|web)\/)/,
  quick:
    /^(dockerode|puppeteer|sandbox\/preflight\/(engine|image)|server\/test\/helpers\/sandboxStack|test\/)/,
};
/** The shortest way through the whole house. */
const wholeWay = 'test/system/main-way.test.ts';

function importsOf(file: string): string[] {
  const text = readFileSync(join(root, file), 'utf8');
  const found = text.matchAll(/^(?:import|export) (?!type )[^;]*?from '([^']+)'|^import '([^']+)'/gm);
  return [...found]
    .map(match => match[1] ?? match[2] ?? '')
    .map(name => (name.startsWith('.') ? relative(root, join(root, dirname(file), name)) : name));
}

function startsSomething(file: string, tier: Tier, seen = new Set<string>()): boolean {
  if (starters[tier].test(file)) return true;
  if (seen.has(file) || !existsSync(join(root, file))) return false;
  seen.add(file);
  return importsOf(file).some(name => startsSomething(name, tier, seen));
}

/** Paths from the root. */
export function testsOf(tier: Tier): string[] {
  const listed = ['ls-files', '--cached', '--others', '--exclude-standard', '*.test.ts'];
  const beside = execFileSync('git', listed, { cwd: root, encoding: 'utf8' })
    .split('\n')
    .filter(file => file !== '' && existsSync(join(root, file)))
    .filter(file => !file.startsWith('test/') && !startsSomething(file, tier));
  return tier === 'quick' ? [...beside, wholeWay] : beside;
}
