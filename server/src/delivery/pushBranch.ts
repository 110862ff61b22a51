import { failure, type Result } from '@deckhand/shared';
import pRetry, { AbortError } from 'p-retry';
import { gitReason, isSha } from '../platform/git.ts';
import type { Mirror } from '../repos/mirror.ts';
import { type HostRefusal, hostRefusal } from './hostRefusal.ts';

/** `stale`: something else stands there than we know of; null: nothing. `refused`: the host does not take these commits. */
export type Pushed = Result<{ stale?: string | null; refused?: string }>;

/**
 * Pushes a commit to a session's branch. `expected` is what we know to stand there, null for a branch that must not
 * exist yet: what somebody else put there is never overwritten. A push that went through before a crash counts. The
 * signal ends git and what it waits for; whether the host took it then shows with the next push.
 */
export async function pushBranch(
  mirror: Mirror,
  push: { branch: string; head: string; expected: string | null; signal: AbortSignal },
): Promise<Pushed> {
  const { signal } = push;
  const ref = `refs/heads/${push.branch}`;
  const lease = `--force-with-lease=${ref}:${push.expected ?? ''}`;
  const args = ['push', '--quiet', lease, '--end-of-options', 'origin', `${push.head}:${ref}`];
  try {
    await pRetry(
      async () => {
        const done = await mirror.remote(args, 'write', signal);
        signal.throwIfAborted();
        if (done.ok) return;
        const refusal = hostRefusal(done.stderr);
        if (refusal) throw new AbortError(new RefusedByHost(refusal));
        if (/stale info|\[rejected\]/.test(done.stderr)) throw new AbortError('stale');
        throw new Error(gitReason(done.stderr));
      },
      { retries: 2, minTimeout: 500, signal },
    );
    return { ok: true };
  } catch (error) {
    signal.throwIfAborted();
    const where = `branch ${push.branch} of ${mirror.repo.id}`;
    if (error instanceof RefusedByHost) {
      const { text, byAgent } = error.refusal;
      if (byAgent) return { ok: true, refused: text };
      const todo = 'The work is kept; once that is changed, prompt again.';
      return failure('repo_unreachable', `The host does not take ${where}: ${text}\n${todo}`);
    }
    const { message } = error as Error;
    const there = message === 'stale' ? await standsThere(mirror, ref, signal) : undefined;
    if (there === push.head) return { ok: true };
    if (there !== undefined && there !== push.expected) return { ok: true, stale: there };
    return failure(
      'repo_unreachable',
      `Could not push to ${where}: ${message} The work is kept; prompt again to retry.`,
    );
  }
}

class RefusedByHost extends Error {
  readonly refusal: HostRefusal;
  constructor(refusal: HostRefusal) {
    super(refusal.text);
    this.refusal = refusal;
  }
}

/** What a branch of the remote is at; undefined where it does not tell. */
async function standsThere(
  mirror: Mirror,
  ref: string,
  signal: AbortSignal,
): Promise<string | null | undefined> {
  const listed = await mirror.remote(['ls-remote', '--end-of-options', 'origin', ref], 'read', signal);
  signal.throwIfAborted();
  if (!listed.ok) return undefined;
  const sha = listed.stdout.split(/\s/)[0];
  if (!sha) return null;
  return isSha(sha) ? sha : undefined;
}
