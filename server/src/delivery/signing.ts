import { failure, type Result } from '@deckhand/shared';
import { gitReason } from '../platform/git.ts';
import type { Mirror } from '../repos/mirror.ts';

/** How commits are signed: with an SSH key in a file, or one that gpg knows. */
export type Signing = { format: 'ssh' | 'openpgp'; key: string };

/** Of `gpg:KEYID`, or the path of an SSH private key. */
export function signingOf(setting: string | undefined): Signing | null {
  if (setting === undefined) return null;
  return setting.startsWith('gpg:')
    ? { format: 'openpgp', key: setting.slice('gpg:'.length) }
    : { format: 'ssh', key: setting };
}

/**
 * Makes the commits between two anew, signed, in the server's mirror: the key never is in a sandbox. What a merge
 * brought in stays as it is. Answers the new head, which has the same tree.
 */
export async function signCommits(
  mirror: Mirror,
  { base, head, signing, signal }: { base: string; head: string; signing: Signing; signal: AbortSignal },
): Promise<Result<{ head: string }>> {
  const listed = await mirror.git([
    'rev-list',
    '--reverse',
    '--first-parent',
    '--end-of-options',
    `${base}..${head}`,
  ]);
  if (!listed.ok) return unsigned(listed.stderr);
  const signed = new Map<string, string>();
  for (const sha of listed.stdout.split('\n').filter(Boolean)) {
    const shown = await mirror.git(['cat-file', 'commit', sha]);
    if (!shown.ok) return unsigned(shown.stderr);
    const commit = parseCommit(shown.stdout);
    const parents = commit.parents.map(parent => signed.get(parent) ?? parent);
    const isNew = parents.some((parent, n) => parent !== commit.parents[n]);
    if (commit.isSigned && !isNew) continue;
    const made = await mirror.git(
      [
        ...['-c', `gpg.format=${signing.format}`, '-c', `user.signingkey=${signing.key}`],
        ...['commit-tree', '-S', commit.tree, ...parents.flatMap(parent => ['-p', parent])],
        ...['-m', commit.message],
      ],
      { env: { ...commit.env }, signal },
    );
    signal.throwIfAborted();
    if (!made.ok) return unsigned(made.stderr);
    signed.set(sha, made.stdout.trim());
  }
  return { ok: true, head: signed.get(head) ?? head };
}

const unsigned = (stderr: string) =>
  failure('internal', `The commits could not be signed: ${gitReason(stderr)} Check DECKHAND_SIGNING_KEY.`);

/** A commit as git stores it: headers, an empty line, the message. */
export function parseCommit(text: string) {
  const end = text.indexOf('\n\n');
  const headers = text.slice(0, end).split('\n');
  const of = (name: string) =>
    headers.filter(line => line.startsWith(`${name} `)).map(line => line.slice(name.length + 1));
  const person = (name: 'author' | 'committer') => {
    const [, who = '', email = '', date = ''] =
      /^([^<]*?) ?<(.*)> (\d+ [+-]\d+)$/.exec(of(name)[0] ?? '') ?? [];
    const prefix = `GIT_${name.toUpperCase()}`;
    return { [`${prefix}_NAME`]: who, [`${prefix}_EMAIL`]: email, [`${prefix}_DATE`]: `@${date}` };
  };
  return {
    tree: of('tree')[0] ?? '',
    parents: of('parent'),
    isSigned: of('gpgsig').length > 0,
    message: text.slice(end + 2),
    env: { ...person('author'), ...person('committer') },
  };
}
