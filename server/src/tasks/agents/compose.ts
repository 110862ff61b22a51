import { statSync } from 'node:fs';
import { DeckhandError } from '@deckhand/shared';
import type { Logger } from 'pino';
import type { Repos } from '../../repos/repos.ts';
import type { AgentTerms } from './parseAgent.ts';
import { AgentRegistry } from './registry.ts';

/** Throws where the organisation's folder is named and there is none: whoever named it counts on it. */
export function openAgents(deps: {
  config: { agentsFolder: string | null };
  repos: Repos;
  terms: AgentTerms;
  clock: () => number;
  log: Logger;
}): AgentRegistry {
  const { config, log, ...rest } = deps;
  const folder = config.agentsFolder;
  if (folder !== null && !statSync(folder, { throwIfNoEntry: false })?.isDirectory())
    throw new DeckhandError('bad_request', `DECKHAND_AGENTS: there is no folder ${folder}.`);
  return new AgentRegistry({ ...rest, folder, onMistake: message => log.error(`agents: ${message}`) });
}
