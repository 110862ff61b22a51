import type { Act, Look } from '../identity/acting.ts';
import type { Wake } from '../sessions/queue/wake.ts';
import type { CostOf } from '../sessions/run/sessionUse.ts';
import { orderTask } from '../sessions/run/taskOrders.ts';
import type { Store } from '../sessions/store/store.ts';
import { sessionTree } from '../tasks/sessionTree.ts';
import type { Handlers } from './handlers.ts';
import { reading } from './reading.ts';
import type { Visible } from './visible.ts';

export type TreeCommandDeps = {
  store: Store;
  visible: Visible;
  act: Act;
  look: Look;
  wake: Wake;
  costOf: CostOf;
  clock: () => number;
};

/** Tasks and sessions below one: who looks at them, ends one, tells one something. */
export function treeCommands(
  deps: TreeCommandDeps,
): Pick<Handlers, 'session.tree' | 'task.stop' | 'task.message'> {
  const { store, visible, act, look, wake, costOf, clock } = deps;
  return {
    ...reading<Pick<Handlers, 'session.tree'>>(look, {
      async 'session.tree'(who, { sessionId }) {
        const seen = await visible.session(who, sessionId);
        if (!seen.ok) return seen;
        const see = async (id: string) => {
          const found = await visible.session(who, id);
          return found.ok ? found.meta : null;
        };
        return { ok: true, tree: await sessionTree({ store, costOf, clock, see }, seen.meta) };
      },
    }),
    async 'task.stop'(who, { sessionId, taskId, takeOver, onBehalfOf }) {
      const acting = await act(who, onBehalfOf);
      if (!acting.ok) return acting;
      const seen = await visible.session(acting.whose, sessionId, { fresh: true });
      if (!seen.ok) return seen;
      const want = { kind: 'stop' as const, takeOver };
      const ordered = await orderTask(store, sessionId, {
        ...{ id: `stop-${taskId}`, taskId, by: acting.author, want },
      });
      if (!ordered.ok) return ordered;
      if (ordered.goesOn) await wake(sessionId);
      return { ok: true };
    },
    async 'task.message'(who, { sessionId, taskId, requestId, text, onBehalfOf }) {
      const acting = await act(who, onBehalfOf);
      if (!acting.ok) return acting;
      const seen = await visible.session(acting.whose, sessionId, { fresh: true });
      if (!seen.ok) return seen;
      const want = { kind: 'message' as const, text };
      const ordered = await orderTask(store, sessionId, {
        ...{ id: `${taskId}|${requestId}`, taskId, by: acting.author, want },
      });
      return ordered.ok ? { ok: true } : ordered;
    },
  };
}
