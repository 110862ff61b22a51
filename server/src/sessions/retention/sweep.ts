import type { Logger } from 'pino';
import { every } from '../../platform/every.ts';
import { orgKeys } from '../store/keys.ts';
import type { Store } from '../store/store.ts';
import { retireSessions } from './retireSessions.ts';
import { sweepAttachments } from './sweepAttachments.ts';
import { sweepBundles } from './sweepBundles.ts';

const lookEveryMs = 15 * 60_000;
const sweepEveryMs = 24 * 3_600_000;

export type RetentionDeps = {
  store: Store;
  orgIds: string[];
  /** False: this Redis may not be what the blob store belongs to, so nothing goes. */
  sweeps: boolean;
  clock: () => number;
  log: Logger;
};

/** Once a day, one of the servers takes out of the way what the table of retention does not keep. */
export function startRetention(deps: RetentionDeps): () => void {
  const looking = every(
    lookEveryMs,
    () => retentionSweep(deps),
    error => deps.log.warn({ err: error }, 'a sweep of old files failed'),
  );
  return () => void looking.stop();
}

/** Sweeps where a sweep is due and allowed; answers whether it was. */
export async function retentionSweep({ store, orgIds, sweeps, clock, log }: RetentionDeps): Promise<boolean> {
  if (!sweeps || (await store.set(orgKeys.retention, '1', 'PX', sweepEveryMs, 'NX')) !== 'OK') return false;
  const swept = await sweepAll(store, clock(), orgIds);
  if (swept.length > 0)
    log.info({ count: swept.length, first: swept.slice(0, 50) }, 'swept what is kept no longer');
  return true;
}

/** Answers the keys of what was moved to the trash. */
export async function sweepAll(store: Store, nowMs: number, orgIds: readonly string[]): Promise<string[]> {
  return [
    ...(await sweepAttachments(store, nowMs)),
    ...(await retireSessions(store, nowMs, orgIds)),
    ...(await sweepBundles(store, nowMs, orgIds)),
  ];
}
