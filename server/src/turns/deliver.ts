import type { Outcome, Result } from '@deckhand/shared';
import type { Blobs } from '../blobs.ts';
import type { Changes } from '../changes/changes.ts';
import type { SignatureOf } from '../identity/signatures.ts';
import type { Repos } from '../repos/repos.ts';
import type { Hands } from '../sandboxes/hands.ts';
import { changedFiles, commitWork, savedBundle, saveWork } from '../sandboxes/workspace.ts';
import type { Run } from '../sessions/meta.ts';
import type { Store } from '../sessions/store.ts';
import type { TurnWriter } from '../sessions/turnWriter.ts';
import type { ChangedFiles } from './changedFiles.ts';
import { commitMessage, withAuthor } from './commitMessage.ts';
import { publishWork } from './publishWork.ts';
import type { PushRules } from './pushGuard.ts';
import { takeBundle } from './savedWork.ts';
import type { Signing } from './signing.ts';
import { takeInOthers } from './takeIn.ts';

export type DeliverDeps = {
  store: Store;
  writer: TurnWriter;
  repos: Repos;
  blobs: Blobs;
  changes: Changes;
  signatureOf: SignatureOf;
  rules: PushRules;
  /** Null: commits are not signed. */
  signing: Signing | null;
};

export type Delivery = { run: Run; outcome: Outcome; title: string; files: ChangedFiles };

/** `refusal`: the work is kept, and may not leave as it is; for the agent to mend. */
export type Delivered = Result<{ refusal?: string }>;

/**
 * Keeps what the turn did: commits it (when the turn ended well), saves the whole work tree under the session's
 * ref, pushes the branch and opens or updates the change. Each part can be done again after a crash.
 */
export async function deliver(deps: DeliverDeps, hands: Hands, turn: Delivery): Promise<Delivered> {
  const { outcome, run } = turn;
  if (outcome !== 'done' && outcome !== 'asked') {
    const kept = await keep(deps, hands, turn);
    if (!kept.ok || !kept.isDirty) return kept;
    const { unfinished } = await deps.writer.meta();
    await deps.writer.record([], { unfinished: JSON.stringify(withAuthor(unfinished, run.author)) });
    return { ok: true };
  }
  // A change that was merged while this turn ran is over: what it did goes on from the base branch.
  const taken = await takeInOthers(deps, hands, run);
  if (!taken.ok) return taken;
  const meta = await deps.writer.meta();
  const signature = run.signature ?? (await deps.signatureOf(run.author));
  const title = run.words?.title ?? turn.title;
  const message = await commitMessage({ meta, run, title }, deps.signatureOf);
  const committed = await commitWork(hands, { message, author: signature });
  if (!committed.ok) return committed;
  const kept = await keep(deps, hands, turn);
  if (!kept.ok) return kept;
  await deps.writer.record([], { unfinished: '' });
  if (kept.head === kept.baseSha) return { ok: true };
  const published = await publishWork(deps, hands, { ...turn, head: kept.head });
  if (published.ok && published.refusal)
    await deps.writer.record([], { unfinished: JSON.stringify(withAuthor(meta.unfinished, run.author)) });
  return published;
}

type Kept = { head: string; baseSha: string; isDirty: boolean };

/** The whole work tree under the session's ref, here and in the blob store. */
export async function keep(
  deps: Pick<DeliverDeps, 'writer' | 'repos' | 'blobs'>,
  hands: Hands,
  { files }: { files: ChangedFiles },
): Promise<Result<Kept>> {
  const meta = await deps.writer.meta();
  const saved = await saveWork(hands);
  if (!saved.ok) return saved;
  const changed = await changedFiles(hands);
  if (!changed.ok) return changed;
  const { sha, head, base } = saved;
  if (sha !== meta.refSha && sha !== base) {
    const stored = await takeBundle(deps, savedBundle(hands), { meta, sha });
    if (!stored.ok) return stored;
  }
  await files.tell(changed.files);
  await deps.writer.record([], { refSha: sha, baseSha: base });
  return { ok: true, head, baseSha: base, isDirty: sha !== head };
}
