import { newId, type Outcome, type Result } from '@deckhand/shared';
import type { Blobs } from '../blobs.ts';
import type { Repos } from '../repos/repos.ts';
import type { Hands } from '../sandboxes/hands.ts';
import { changedFiles, commitWork, savedBundle, saveWork } from '../sandboxes/workspace.ts';
import { type Branch, branchOf, type Meta, type Run } from '../sessions/meta.ts';
import { systemActor, type TurnWriter } from '../sessions/turnWriter.ts';
import type { ChangedFiles } from './changedFiles.ts';
import { pushBranch, takeBundle } from './publish.ts';

export type DeliverDeps = { writer: TurnWriter; repos: Repos; blobs: Blobs };

/**
 * Keeps what the turn did: commits it (when the turn ended well), saves the whole work tree under the session's
 * ref, pushes the branch and opens or updates the change. Each part can be done again after a crash.
 */
export async function deliver(
  deps: DeliverDeps,
  hands: Hands,
  turn: { meta: Meta; run: Run; outcome: Outcome; title: string; files: ChangedFiles },
): Promise<Result> {
  const { meta, run, outcome } = turn;
  const finished = outcome === 'done' || outcome === 'asked';
  if (finished) {
    const committed = await commitWork(hands, {
      message: commitMessage(turn),
      turnId: run.turnId,
      author: run.author,
    });
    if (!committed.ok) return committed;
  }
  const saved = await saveWork(hands);
  if (!saved.ok) return saved;
  const files = await changedFiles(hands);
  if (!files.ok) return files;
  if (saved.sha !== meta.refSha && saved.sha !== meta.baseSha) {
    const kept = await takeBundle(deps, savedBundle(hands), { meta, sha: saved.sha });
    if (!kept.ok) return kept;
  }
  await turn.files.tell(files.files);
  await deps.writer.record([], { refSha: saved.sha });
  if (!finished || saved.head === meta.baseSha) return { ok: true };
  return publish(deps, turn, saved.head);
}

function commitMessage({ meta, run, title }: { meta: Meta; run: Run; title: string }): string {
  const line = title.trim().split('\n')[0] ?? '';
  const subject = line.length > 72 ? `${line.slice(0, 71).trimEnd()}…` : line;
  return `${subject || 'Change by Deckhand'}\n\nDeckhand-Session: ${meta.id}\nDeckhand-Turn: ${run.turnId}`;
}

async function publish(
  deps: DeliverDeps,
  { meta, run }: { meta: Meta; run: Run },
  head: string,
): Promise<Result> {
  const branch = branchOf(meta);
  if (branch.pushedSha === head) return { ok: true };
  const mirror = deps.repos.mirror(meta.repo ?? '');
  const base = await mirror.base();
  if (!base.ok) return base;
  const pushed = await pushBranch(mirror, { branch: branch.name, head, expected: branch.pushedSha ?? null });
  if (!pushed.ok) {
    await deps.writer.record([
      { type: 'notice', actor: systemActor, data: { level: 'error', text: pushed.message } },
    ]);
    return pushed;
  }
  const opened = branch.changeId !== undefined;
  const changeId = branch.changeId ?? newId('change');
  const url = deps.repos.hostOf(mirror.repo).changeUrl(mirror.repo, {
    sessionId: meta.id,
    branch: branch.name,
    base: base.branch,
  });
  const next: Branch = { ...branch, pushedSha: head, changeId, changeUrl: url };
  const data = { changeId, url, branch: branch.name, author: run.author };
  await deps.writer.record(
    [
      opened
        ? {
            type: 'change.updated',
            actor: systemActor,
            turnId: run.turnId,
            data: { changeId, state: 'open' },
          }
        : { type: 'change.opened', actor: systemActor, turnId: run.turnId, data },
    ],
    { branchState: JSON.stringify(next) },
  );
  return { ok: true };
}
