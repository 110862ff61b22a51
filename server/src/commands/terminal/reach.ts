import { setTimeout as delay } from 'node:timers/promises';
import { type Author, failure, type Result } from '@deckhand/shared';
import type { Hands } from '../../sandboxes/hands.ts';
import type { Sandboxes } from '../../sandboxes/sandboxes.ts';
import type { Meta } from '../../sessions/store/meta.ts';
import type { SandboxForPerson } from '../../turns/sandboxForPerson.ts';

export type ReachDeps = {
  sandboxes: Sandboxes;
  readMeta: (sessionId: string) => Promise<Meta | null>;
  sandboxForPerson: SandboxForPerson;
};

/** A sandbox that is made from nothing installs what its repository needs; a shell does not wait for that. */
const patienceMs = 120_000;
const lookEveryMs = 300;

/**
 * The runtime of the sandbox that a session has, whichever server its turns run on: one that idles goes on, one that
 * sleeps is woken, one that is lost is made anew. While a turn is about to get one, it is waited for.
 */
export async function reachSandbox(
  deps: ReachDeps,
  sessionId: string,
  by: Author,
  signal: AbortSignal,
): Promise<Result<{ hands: Hands; sandboxId: string }>> {
  const { sandboxes } = deps;
  for (const untilMs = performance.now() + patienceMs; performance.now() < untilMs; ) {
    if (signal.aborted) return failure('closing', 'Nobody looks any more.');
    const meta = await deps.readMeta(sessionId);
    if (!meta || meta.state === 'archived')
      return failure('not_found', 'This session is archived: it has no sandbox any more.');
    if (!meta.repo)
      return failure('bad_request', 'This session has no repository, so it has no sandbox to work in.');
    const { sandboxId } = meta;
    const record = sandboxId ? await sandboxes.records.get(sandboxId) : null;
    if (sandboxId && record?.owner === 'session' && record.claimId === sessionId) {
      await sandboxes.lookedAt(sandboxId);
      const visit = await sandboxes.visit(sandboxId);
      if (visit.ok) return { ok: true, hands: visit.hands, sandboxId };
      if (visit.code !== 'sandbox_lost') return visit;
    }
    const opened = await deps.sandboxForPerson(meta, by, signal);
    if (opened === 'busy') await delay(lookEveryMs);
    else if (!opened.ok) return opened;
  }
  return failure('sandbox_lost', 'The sandbox was not ready in time. Press a key to try again.');
}
