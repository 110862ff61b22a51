import { failure, type Result, type TurnInfo } from '@deckhand/shared';
import { noteFork } from '../delivery/forkedFrom.ts';
import { type RestoreDeps, restoreBundle } from '../delivery/savedWork.ts';
import type { Act } from '../identity/acting.ts';
import type { Identity } from '../identity/identity.ts';
import type { Sandboxes } from '../sandboxes/sandboxes.ts';
import type { Snapshots } from '../sandboxes/snapshots/snapshots.ts';
import { reserveSession } from '../sessions/create.ts';
import { forkSession } from '../sessions/history/fork.ts';
import { mayRewind, noTurn, rewindSession } from '../sessions/history/rewind.ts';
import { noSession } from '../sessions/queue/inbox.ts';
import { isRetired } from '../sessions/retention/retireSessions.ts';
import { readTurn, readTurns, standingTurns, type TurnRecord } from '../sessions/run/turnRecords.ts';
import { readMeta, toSession } from '../sessions/store/meta.ts';
import type { Store } from '../sessions/store/store.ts';
import type { Handlers } from './handlers.ts';
import type { Visible } from './visible.ts';

export type TurnCommandDeps = RestoreDeps & {
  store: Store;
  sandboxes: Sandboxes;
  snapshots: Snapshots;
  act: Act;
  visible: Visible;
};

type TurnCommands = Pick<Handlers, 'turn.list' | 'snapshot.name' | 'session.fork' | 'session.rewind'>;

/** What can be done with turns that ended. */
export function turnCommands(deps: TurnCommandDeps): TurnCommands {
  const { store, snapshots, act, visible } = deps;

  const find = async (who: Identity, { sessionId, turnId }: { sessionId: string; turnId: string }) => {
    const seen = await visible.session(who, sessionId, { fresh: true });
    if (!seen.ok) return seen;
    const turn = await readTurn(store, sessionId, turnId);
    return turn ? { ...seen, turn } : noTurn(turnId);
  };

  /** The turn's disk, held for a session that is to begin from it; null where there is none (any more). */
  const claim = async ({ disk }: TurnRecord, sessionId: string) =>
    disk && (await snapshots.claim(disk, sessionId)) ? disk : null;

  /** What git knows of that turn is at hand, also after it was undone: diffs and sandboxes are made from it. */
  const restore = async (turn: TurnRecord, sessionId: string, repoId: string | null): Promise<Result> =>
    turn.refSha && repoId ? restoreBundle(deps, { sessionId, repoId, sha: turn.refSha }) : { ok: true };

  return {
    async 'turn.list'(who, { sessionId }) {
      const seen = await visible.session(who, sessionId);
      if (!seen.ok) return seen;
      const turns = await readTurns(store, sessionId);
      const standing = standingTurns(turns, seen.meta.turnHead);
      const kept = await snapshots.kept(turns.flatMap(({ disk }) => disk ?? []));
      const info = ({ turnId, n, atMs, outcome, title, disk }: TurnRecord): TurnInfo => {
        const snapshot = kept.get(disk ?? '');
        const at = new Date(atMs).toISOString();
        const about = { snapshot: snapshot !== undefined, name: snapshot?.name ?? null };
        return { turnId, n, at, outcome, title, ...about, undone: !standing.has(turnId) };
      };
      return { ok: true, turns: turns.map(info) };
    },

    async 'snapshot.name'(who, input) {
      const found = await find(who, input);
      if (!found.ok) return found;
      return snapshots.name(found.turn, input.name);
    },

    async 'session.fork'(who, { requestId, sessionId, turnId, title, onBehalfOf }) {
      const acting = await act(who, onBehalfOf);
      if (!acting.ok) return acting;
      const found = await find(acting.whose, { sessionId, turnId });
      if (!found.ok) return found;
      const { meta: source, turn } = found;
      if (await isRetired(store, sessionId))
        return failure('not_found', 'What this session kept is gone: it was archived long ago.');
      const { author, actor } = acting;
      const body = { fork: sessionId, turnId, title };
      const reserved = await reserveSession(store, { userId: author.userId, requestId, body });
      if (!reserved.ok) return reserved;
      const forkId = reserved.sessionId;
      const disk = await claim(turn, forkId);
      await noteFork(deps.blobs, { from: sessionId, to: forkId });
      const restored = await restore(turn, forkId, source.repo);
      if (!restored.ok) return restored;
      const request = { forkId, source, turn, requestId, author, actor, title, disk };
      const forked = await forkSession(store, request);
      if (!forked.ok) return forked;
      const meta = await readMeta(store, forkId);
      return meta ? { ok: true, session: toSession(meta) } : noSession(forkId);
    },

    async 'session.rewind'(who, { sessionId, turnId, onBehalfOf }) {
      const acting = await act(who, onBehalfOf);
      if (!acting.ok) return acting;
      const found = await find(acting.whose, { sessionId, turnId });
      if (!found.ok) return found;
      const { turn, meta: before } = found;
      const rests = await mayRewind(store, sessionId);
      if (!rests.ok) return rests;
      // The snapshot of the turn before is on its way: with it the rewind can be undone.
      await snapshots.settled(sessionId);
      const restored = await restore(turn, sessionId, before.repo);
      if (!restored.ok) return restored;
      const disk = await claim(turn, sessionId);
      const { actor } = acting;
      const rewound = await rewindSession(store, sessionId, { turnId, actor, disk });
      if (!rewound.ok) return rewound;
      if (rewound.sandboxId)
        // The next turn gets another sandbox. What cannot be ended now, the reaper ends.
        void deps.sandboxes.discardOf(sessionId, rewound.sandboxId).catch(() => {});
      const meta = await readMeta(store, sessionId);
      return meta ? { ok: true, session: toSession(meta) } : noSession(sessionId);
    },
  };
}
