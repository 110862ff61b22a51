import { failure, type Result } from '@deckhand/shared';
import type { Logger } from 'pino';
import type { Mirror } from '../../repos/mirror.ts';
import { freshMs } from '../acquire/startSandbox.ts';
import type { Synced } from '../acquire/syncGate.ts';
import type { Hands } from '../hands.ts';
import { syncTo } from './checkout.ts';
import { giveOrigin } from './giveOrigin.ts';

/** A remote that is silent for longer does not hold up a session: it goes on at its image's commit. */
const patienceMs = 30_000;

type Catching = {
  branch: string;
  from: string;
  lockFiles: string[];
  /** What it says to hold of the remote; asked for where absent. */
  holds?: string | undefined;
  log: Logger;
};

/** Moves a sandbox on to the newest commit of the base branch. */
export async function catchUp(
  hands: Hands,
  mirror: Mirror,
  { branch, from, lockFiles, holds, log }: Catching,
): Promise<Synced> {
  const slow = Promise.withResolvers<Result>();
  const late = () => slow.resolve(failure('repo_unreachable', 'The remote did not answer in time.'));
  const timer = setTimeout(late, patienceMs);
  const fetched = await Promise.race([mirror.fetch(freshMs), slow.promise]);
  clearTimeout(timer);
  if (!fetched.ok) return fetched;
  const base = await mirror.base();
  if (!base.ok) return base;
  const moved: Result =
    base.sha === from ? { ok: true } : await syncTo(hands, mirror, { branch, from, to: base.sha, lockFiles });
  if (!moved.ok) return moved;
  // Without it work goes on: what it stands on is the newest already.
  const given = await giveOrigin(hands, mirror, { baseSha: base.sha, holds });
  if (!given.ok)
    log.warn({ repoId: mirror.repo.id, reason: given.message }, 'a sandbox was not told of its remote');
  return { ok: true, baseSha: base.sha };
}
