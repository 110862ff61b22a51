import { cleanEnvironment } from '../own-programs.ts';
import { ignoreFile } from '../places.ts';
import { type Captured, capture } from './capture.ts';

const settings: [string, string][] = [
  ['core.hooksPath', '/dev/null'],
  ['core.fsmonitor', 'false'],
  ['core.attributesFile', '/dev/null'],
  ['core.excludesFile', ignoreFile],
  ['core.pager', 'cat'],
  // Names as they are, not as octal escapes.
  ['core.quotePath', 'false'],
  ['diff.external', ''],
  ['log.showSignature', 'false'],
  ['submodule.recurse', 'false'],
  ['safe.directory', '*'],
];
const drivers = '^(filter|diff)[.].*[.](clean|smudge|process|required|command|textconv)$';

export type OwnGit = (...args: string[]) => Promise<Captured>;
type Place = { cwd: string; maxBytes: number; signal: AbortSignal };

/** Git for looking into a repository whose configuration is anybody's: no program that it names is run. */
export async function ownGit(place: Place): Promise<OwnGit> {
  const listed = await capture(['git', 'config', '-z', '--name-only', '--get-regexp', drivers], place);
  const named = listed.stdout.split('\0').filter(Boolean);
  const off = named.map((key): [string, string] => [key, key.endsWith('.required') ? 'false' : '']);
  const env: NodeJS.ProcessEnv = { ...cleanEnvironment };
  const all = [...settings, ...off];
  env.GIT_CONFIG_COUNT = String(all.length);
  for (const [at, [key, value]] of all.entries()) {
    env[`GIT_CONFIG_KEY_${at}`] = key;
    env[`GIT_CONFIG_VALUE_${at}`] = value;
  }
  return (...args) => capture(['git', ...args], { ...place, env });
}
