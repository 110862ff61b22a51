import { insideRepo } from './paths.ts';

/** A command that looks at files which the agent edited. */
export type Check = { name: string; run: string; files: readonly string[]; timeoutMs: number };

const defaultTimeoutMs = 60_000;

type Said = string | { run: string; files?: string | string[] | undefined; timeoutMs?: number | undefined };

export function checkOf([name, said]: [string, Said]): Check {
  const { run, files = [], timeoutMs = defaultTimeoutMs } = typeof said === 'string' ? { run: said } : said;
  return { name, run, files: typeof files === 'string' ? [files] : files, timeoutMs };
}

/** Only `*`, `**` and `?`: what a matcher can take in a time that grows with the length alone. */
export const isPattern = (text: string): boolean => insideRepo(text) !== null && !/[[\]{}!\\]/.test(text);

/** Those of the paths, from the top of the repository, that a check is for. */
export const filesFor = ({ files }: Check, paths: readonly string[]): string[] =>
  paths.filter(path => files.length === 0 || files.some(pattern => matches(pattern, path)));

function matches(pattern: string, path: string): boolean {
  const wanted = pattern.replace(/^\.\//, '').split('/');
  // As git's ignore files have it.
  if (wanted.length === 1) wanted.unshift('**');
  return fits(wanted, path.split('/'), {
    any: '**',
    one: (segment, name) => fits([...segment], [...name], { any: '*', one: (a, b) => a === '?' || a === b }),
  });
}

type How = { any: string; one: (pattern: string, part: string) => boolean };

/** Whether the parts are what the pattern says, in which `any` stands for any number of them. Never tries a star twice. */
function fits(pattern: readonly string[], parts: readonly string[], { any, one }: How): boolean {
  let [at, next] = [0, 0];
  let star = -1;
  let taken = 0;
  while (next < parts.length) {
    const wanted = pattern[at];
    if (wanted === any) {
      star = at++;
      taken = next;
    } else if (wanted !== undefined && one(wanted, parts[next] ?? '')) {
      at++;
      next++;
    } else if (star === -1) return false;
    else {
      // The last star takes one more.
      at = star + 1;
      next = ++taken;
    }
  }
  while (pattern[at] === any) at++;
  return at === pattern.length;
}
