import { existsSync, readFileSync, statSync } from 'node:fs';
import { z } from 'zod';
import { diskDir, environmentPath, repoDir } from './places.ts';

const ours = /^(NODE_COMPILE_CACHE$|DECKHAND_(?!SANDBOX_ID$|SLOW_CLAIM$))/;
const withoutOurs = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(env).filter(([name]) => !ours.test(name)));

/**
 * What a tool's processes see: the container's environment without what is ours, `more` over it, and over all what the
 * repository's says.
 */
export function toolEnvironment(more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  return { ...withoutOurs(process.env), ...more, ...given() };
}

/** What no process can be started with is refused here, or it would keep every tool from running. */
const File = z.object({
  env: z.record(z.string().regex(/^[A-Za-z_]\w*$/), z.string().regex(/^[^\0]*$/)),
});

let known: { version: string; env: NodeJS.ProcessEnv } = { version: '', env: {} };

/** Of the file that the server writes: looked at before each process, read where it is another. */
function given(): NodeJS.ProcessEnv {
  const about = statSync(environmentPath, { throwIfNoEntry: false });
  const version = about ? `${about.ino} ${about.mtimeMs} ${about.ctimeMs} ${about.size}` : '';
  if (version !== known.version) known = { version, env: about ? read() : {} };
  return known.env;
}

function read(): NodeJS.ProcessEnv {
  try {
    return withoutOurs(File.parse(JSON.parse(readFileSync(environmentPath, 'utf8'))).env);
  } catch (error) {
    // Not the error's own words: they may quote the file, which holds secrets.
    const why = error instanceof z.ZodError ? 'it is not as documented' : 'it cannot be read';
    console.error(`${environmentPath} is ignored: ${why}`);
    return {};
  }
}

/** The repository, before it is cloned its place's parent. */
export const workingDirectory = (): string => (existsSync(repoDir) ? repoDir : diskDir);
