import { limits, startOf } from '@deckhand/shared';
import { tellOfEnd } from '../sessions/children/sweepChildren.ts';
import { indexChild, tellParent } from '../sessions/children/tellParent.ts';
import type { Wake } from '../sessions/queue/wake.ts';
import { parkedApproval } from '../sessions/run/parking.ts';
import { readMeta } from '../sessions/store/meta.ts';
import type { Store } from '../sessions/store/store.ts';

/** Tells a session's parent how its turns go. What a crash keeps from being told, the sweeper tells. */
export type ChildNewsTeller = {
  works(childId: string, turnId: string): Promise<void>;
  /** It was put aside: for somebody's yes, or for children of its own. */
  parked(childId: string, turnId: string): Promise<void>;
  ended(childId: string): Promise<void>;
};

export function childNews(deps: {
  store: Store;
  wake: Wake;
  clock: () => number;
  /** Its parent knows of it by now. */
  told: (parentId: string) => Promise<void>;
}): ChildNewsTeller {
  const { store } = deps;
  const ofChild = async (childId: string) => {
    const meta = await readMeta(store, childId);
    return meta?.parent ? { meta, parentId: meta.parent.sessionId } : null;
  };
  return {
    async works(childId, turnId) {
      const child = await ofChild(childId);
      if (!child) return;
      await indexChild(store, childId);
      await tellParent(store, { childId, parentId: child.parentId }, { turnId, state: 'works' });
    },
    async parked(childId, turnId) {
      const [child, approval] = await Promise.all([ofChild(childId), parkedApproval(store, childId)]);
      if (!child || !approval) return;
      const why = startOf(approval.text, limits.childTextChars);
      await tellParent(store, { childId, parentId: child.parentId }, { turnId, state: 'blocked', why });
    },
    async ended(childId) {
      const child = await ofChild(childId);
      if (!child) return;
      await tellOfEnd(deps, child.meta);
      if (child.meta.attempt) await deps.told(child.parentId);
    },
  };
}
