import type { Logger } from 'pino';
import { startHibernator } from './archive/hibernator.ts';
import { startBoardExpiry } from './board/expireBoard.ts';
import { startChildrenSweep } from './children/sweepChildren.ts';
import { startExpiry } from './expiry.ts';
import { startSweeper, type Wake } from './queue/wake.ts';
import { startRetention } from './retention/sweep.ts';
import type { Store } from './store/store.ts';

export type KeeperDeps = {
  store: Store;
  /** A connection of its own. */
  opened: () => Store;
  orgIds: string[];
  /** False: this Redis may not be what the blob store belongs to, so nothing goes. */
  sweeps: boolean;
  hibernateMs: number;
  wake: Wake;
  clock: () => number;
  log: Logger;
};

/** What goes on behind sessions: answers that come too late, work that nobody was woken for, what is kept no longer. */
export function startKeepers({ opened, hibernateMs, wake, ...kept }: KeeperDeps): () => void {
  const { store, clock, log } = kept;
  const closers = [
    startExpiry({ store, subscriber: opened(), clock, wake }, error =>
      log.warn({ err: error }, 'approvals did not expire'),
    ),
    startSweeper(store, wake, error => log.warn({ err: error }, 'a sweep failed')),
    startChildrenSweep({ store, wake, clock }, error =>
      log.warn({ err: error }, 'children were not looked at'),
    ),
    startBoardExpiry({ store, clock }, error => log.warn({ err: error }, 'boards were not looked at')),
    startRetention(kept),
    startHibernator({ ...kept, hibernateMs }),
  ];
  return () => {
    for (const close of closers.toReversed()) close();
  };
}
