import type { Logger } from 'pino';
import type { EnvironmentSecrets } from '../../sandboxes/environments/secrets.ts';
import { OwnershipRecords } from '../../sandboxes/lifecycle/ownership.ts';
import type { EngineReady } from '../../sandboxes/sandboxes.ts';
import type { Store } from '../../sessions/store/store.ts';
import type { PolicyLayers } from '../policyLayers.ts';
import { egressAuthority } from './egressAuthority.ts';
import { EgressKeeper } from './egressKeeper.ts';

export type EgressServiceDeps = {
  store: Store;
  subscriber: Store;
  secrets: EnvironmentSecrets;
  policyLayers: PolicyLayers;
  engine: EngineReady;
  /** Of this installation. */
  secret: string;
  orgId: string;
  clock: () => number;
  log: Logger;
};

/** Everything that says what sandboxes may reach, composed. */
export function openEgress(deps: EgressServiceDeps): EgressKeeper {
  const { store, secret, orgId, policyLayers } = deps;
  return new EgressKeeper({
    ...deps,
    records: new OwnershipRecords(store),
    policiesOf: async repoId => (await policyLayers.of(repoId)).flatMap(({ policy }) => policy.egress ?? []),
    authority: egressAuthority(store, { secret, deployment: orgId }),
  });
}
