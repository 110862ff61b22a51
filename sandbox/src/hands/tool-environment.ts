import { existsSync } from 'node:fs';
import { diskDir, repoDir } from './places.ts';

/** What a tool's processes see: the container's environment without what is ours. */
export function toolEnvironment(): NodeJS.ProcessEnv {
  const ours = /^(NODE_COMPILE_CACHE$|DECKHAND_(?!SANDBOX_ID$|SLOW_CLAIM$))/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !ours.test(name)));
}

/** The repository, before it is cloned its place's parent. */
export const workingDirectory = (): string => (existsSync(repoDir) ? repoDir : diskDir);
