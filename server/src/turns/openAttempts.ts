import type { Logger } from 'pino';
import { noteFork } from '../delivery/forkedFrom.ts';
import { adoptWork, restoreBundle } from '../delivery/savedWork.ts';
import type { Blobs } from '../platform/blobs.ts';
import type { Repos } from '../repos/repos.ts';
import type { Sandboxes } from '../sandboxes/sandboxes.ts';
import type { Snapshots } from '../sandboxes/snapshots/snapshots.ts';
import { readMeta } from '../sessions/store/meta.ts';
import type { AgentRegistry } from '../tasks/agents/registry.ts';
import { Attempts } from '../tasks/attempts/attempts.ts';
import { type AttemptsDeps, reviewer } from '../tasks/attempts/deps.ts';

export type OpenAttemptsDeps = Pick<AttemptsDeps, 'store' | 'wake' | 'costOf' | 'clock' | 'onSession'> & {
  config: { DECKHAND_ATTEMPTS: number };
  repos: Repos;
  blobs: Blobs;
  snapshots: Snapshots;
  sandboxes: Sandboxes;
  agents: AgentRegistry;
  log: Logger;
};

/** Attempts over what carries work from one session to another; they go on by themselves until they are closed. */
export function openAttempts(deps: OpenAttemptsDeps): { attempts: Attempts; close: () => void } {
  const { config, store, snapshots, blobs, agents, sandboxes, log } = deps;
  const held = async (disk: string | null, sessionId: string) =>
    disk && (await snapshots.claim(disk, sessionId)) ? disk : null;
  const attempts = new Attempts({
    ...deps,
    most: config.DECKHAND_ATTEMPTS,
    async copyTurn({ from, turn, to }) {
      // The snapshot of the turn before may be on its way.
      await snapshots.settled(from.id);
      const disk = await held(turn.disk, to);
      await noteFork(blobs, { from: from.id, to });
      if (turn.refSha && from.repo) {
        const restored = await restoreBundle(deps, { sessionId: to, repoId: from.repo, sha: turn.refSha });
        if (!restored.ok) return restored;
      }
      return { ok: true, disk };
    },
    async adopt({ from, turn, to }) {
      await snapshots.settled(from.id);
      if (turn.refSha && to.repo) {
        const work = { from: from.id, to: to.id, repoId: to.repo, sha: turn.refSha };
        const adopted = await adoptWork(deps, work);
        if (!adopted.ok) return adopted;
      }
      return { ok: true, disk: await held(turn.disk, to.id) };
    },
    discard: async (sessionId, sandboxId) => {
      const now = await readMeta(store, sessionId);
      if (now?.sandboxId !== sandboxId) await sandboxes.discardOf(sessionId, sandboxId);
    },
    hasReviewer: async place => (await agents.find(store, place, reviewer)).ok,
  });
  const close = attempts.sweep(error => log.warn({ err: error }, 'attempts were not looked at'));
  return { attempts, close };
}
