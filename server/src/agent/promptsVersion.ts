import { createHash } from 'node:crypto';
import { promptText } from './texts.ts';
import { toolWords } from './tools/catalog.ts';

const versionChars = 12;

/**
 * Of all that is written for the model in files: prompts, and names, descriptions and shapes of tools. Each step keeps
 * it: figures of two versions are not figures of the same agent.
 */
export const promptsVersion: string = createHash('sha256')
  .update(
    JSON.stringify([promptText('./prompts/system.md'), promptText('./prompts/summary.md'), toolWords()]),
  )
  .digest('hex')
  .slice(0, versionChars);
