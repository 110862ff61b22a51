import type { Author, Result } from '@deckhand/shared';
import type { Wake } from '../../sessions/queue/wake.ts';
import type { CostOf } from '../../sessions/run/sessionUse.ts';
import type { TurnRecord } from '../../sessions/run/turnRecords.ts';
import type { Meta } from '../../sessions/store/meta.ts';
import type { Store } from '../../sessions/store/store.ts';

export type AttemptsDeps = {
  store: Store;
  wake: Wake;
  costOf: CostOf;
  clock: () => number;
  /** Of one prompt; 0: none. */
  most: number;
  /** All that a session needs to begin at a turn's end: its work at hand, its disk held. Null: no disk of it is kept. */
  copyTurn: (at: { from: Meta; turn: TurnRecord; to: string }) => Promise<Result<{ disk: string | null }>>;
  /** The same for another's saved work and disk, for a session that goes on from it. */
  adopt: (work: { from: Meta; turn: TurnRecord; to: Meta }) => Promise<Result<{ disk: string | null }>>;
  /** The sandbox that a session had: nobody needs it now. */
  discard: (sessionId: string, sandboxId: string) => Promise<void>;
  onSession: (repoId: string) => Promise<void>;
  /** Of a server whose agents are defined anew it may be gone. */
  hasReviewer: (place: { orgId: string; userId: string; repoId: string | null }) => Promise<boolean>;
};

/** Who looks at each attempt before they are compared. */
export const reviewer = 'reviewer';

export const actorOf = ({ userId, name }: Author) => ({ kind: 'user' as const, userId, name });
