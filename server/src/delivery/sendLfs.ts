import { failure, type Result } from '@deckhand/shared';
import { newPointers } from '../repos/lfs/pointersIn.ts';
import type { Mirror } from '../repos/mirror.ts';

/**
 * Brings content of Git LFS to the remote before commits go there whose pointers name it. `refused`: for the agent, why
 * they may not leave. Throws the signal's reason.
 */
export async function sendLfs(
  mirror: Mirror,
  { head, hosted, signal }: { head: string; hosted: readonly string[]; signal: AbortSignal },
): Promise<Result<{ refused?: string }>> {
  const files = await newPointers({ dir: mirror.dir, commit: head, signal }, hosted);
  if (files.length === 0) return { ok: true };
  const sent = await mirror.lfs.send(head, files, signal);
  if (sent === null) return { ok: true };
  if (sent.kind === 'away')
    return failure(
      'repo_unreachable',
      `Content of Git LFS could not be brought to ${mirror.repo.id} (${sent.why}). The work is kept; prompt again to retry.`,
    );
  return {
    ok: true,
    refused:
      sent.kind === 'missing'
        ? `It holds pointers of Git LFS whose content nobody has: ${sent.why}. Put the files themselves there; git makes pointers of them. Or take the change to them back.`
        : `It holds files that this repository keeps in Git LFS, and their content cannot be uploaded: ${sent.why}. Take the change to them back and say so.`,
  };
}
