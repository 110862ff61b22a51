import { DeckhandError } from '@deckhand/shared';
import type { Logger } from 'pino';
import type { Repos } from '../repos/repos.ts';
import { PolicyLayers } from './policyLayers.ts';

/** Reads the organisation's policy. Throws where there is a mistake in it: nothing is known that could stand in for it. */
export async function openPolicyLayers(deps: {
  config: { policyFile: string | null };
  repos: Repos;
  clock: () => number;
  log: Logger;
}): Promise<PolicyLayers> {
  const { config, repos, clock, log } = deps;
  const onMistake = (message: string) => log.error(`policy: ${message}`);
  const layers = new PolicyLayers({ file: config.policyFile, repos, clock, onMistake });
  const started = await layers.start();
  if (!started.ok) throw new DeckhandError('bad_request', `DECKHAND_POLICY: ${started.message}`);
  return layers;
}
