import { failure, type Result } from '@deckhand/shared';
import { isSha } from '../../platform/git.ts';
import type { Mirror } from '../../repos/mirror.ts';
import type { Signature } from '../../sessions/store/meta.ts';
import type { Hands } from '../hands.ts';
import { shasOf } from '../untrusted/answers.ts';
import { fillLfs } from './fillLfs.ts';
import { fillSubmodules } from './fillSubmodules.ts';
import { giveOrigin } from './giveOrigin.ts';
import { inPack, runScript, toFailure } from './script.ts';
import { setAuthor } from './workspace.ts';

/** Written by sync.sh where a newer lock file wants an install, and by want-all.sh where there was no image. */
const installMark = '/work/.deckhand-install';

/** What a sandbox is to hold. */
export type Checkout = {
  branch: string;
  /** The commit of the base branch that the work stands on. */
  baseSha: string;
  /** Saved work of the session, restored as it was: commits, edits and untracked files. */
  refSha: string | null;
  author: Signature;
  /** The commit that lies there already, with what git ignores: that stays. Empty where absent. */
  has?: string | undefined;
};

/** Puts the repository into a sandbox. Nothing of the remote or its credentials goes along. */
export async function checkOut(hands: Hands, mirror: Mirror, checkout: Checkout): Promise<Result> {
  const { branch, baseSha, refSha, author, has } = checkout;
  const onto = [branch, baseSha, refSha ?? '', has ?? ''];
  const made = has
    ? await checkOutOver(hands, mirror, { sha: refSha ?? baseSha, has, onto })
    : await checkOutAll(hands, mirror, { sha: refSha ?? baseSha, onto });
  if (!made.ok) return made;
  const given = await giveOrigin(hands, mirror, { baseSha });
  if (!given.ok) return given;
  await fillSubmodules(hands, mirror, baseSha);
  await fillLfs(hands, mirror, refSha ?? baseSha);
  return setAuthor(hands, author);
}

async function checkOutOver(
  hands: Hands,
  mirror: Mirror,
  { sha, has, onto }: { sha: string; has: string; onto: string[] },
): Promise<Result> {
  const sent = await send(hands, mirror, { sha, has });
  return sent.ok ? runScript(hands, 'checkout', [sent.pack, ...onto]) : sent;
}

/** All of a large repository: git inside takes it in while it comes, without a second copy on the disk. */
async function checkOutAll(
  hands: Hands,
  mirror: Mirror,
  { sha, onto }: { sha: string; onto: string[] },
): Promise<Result> {
  if (!(await mirror.resolve(sha))) return failure('repo_unreachable', `The mirror has no commit ${sha}.`);
  const pack = mirror.pack([sha], []);
  const made = await runScript(hands, 'checkout', ['-', ...onto], pack.stream);
  const isRead = pack.stream.readableEnded;
  // What nobody reads on would wait for ever.
  pack.stream.destroy();
  const { failed } = await pack.done;
  return isRead && failed
    ? failure('repo_unreachable', `The mirror could not give out commit ${sha}.`)
    : made;
}

/** A repository in the place of one that is gone or broken; the files stay. */
export async function renewRepository(
  hands: Hands,
  mirror: Mirror,
  { branch, baseSha, refSha, author }: Pick<Checkout, 'branch' | 'baseSha' | 'refSha' | 'author'>,
): Promise<Result> {
  const sent = await send(hands, mirror, { sha: refSha ?? baseSha });
  if (!sent.ok) return sent;
  const made = await runScript(hands, 'renew-repository', [sent.pack, branch, baseSha, refSha ?? '']);
  if (!made.ok) return made;
  const given = await giveOrigin(hands, mirror, { baseSha });
  if (!given.ok) return given;
  await fillSubmodules(hands, mirror, baseSha);
  await fillLfs(hands, mirror, refSha ?? baseSha);
  return setAuthor(hands, author);
}

/** Brings the objects of a commit in, without what is there already. Answers the path of their pack, empty where nothing is missing. */
export async function send(
  hands: Hands,
  mirror: Mirror,
  { sha, has }: { sha: string; has?: string | undefined },
): Promise<Result<{ pack: string }>> {
  const named: string = sha;
  if (!isSha(named))
    return failure('internal', `A commit's id was expected, not ${JSON.stringify(sha).slice(0, 80)}.`);
  if (sha === has) return { ok: true, pack: '' };
  if (!(await mirror.resolve(sha))) return failure('repo_unreachable', `The mirror has no commit ${sha}.`);
  const known = has ? await mirror.resolve(has) : null;
  // What stands at or before the commit that is there is there too.
  if (known && (await mirror.isAncestor(sha, known))) return { ok: true, pack: '' };
  const pack = mirror.pack([sha], known ? [known] : []);
  const put = await hands.put(inPack, pack.stream);
  const packed = await pack.done;
  if (!put.ok) return toFailure(put);
  if (packed.failed) return failure('repo_unreachable', `The mirror could not give out commit ${sha}.`);
  return { ok: true, pack: inPack };
}

/**
 * Makes a warm sandbox the session's: its branch, its author. Answers the base that it says it was made from, and what
 * it says to hold of the remote (as of `giveOrigin`).
 */
export async function takeBranch(
  hands: Hands,
  use: { branch: string; author: Signature },
): Promise<Result<{ baseSha: string; holds: string }>> {
  const [taken, set] = await Promise.all([
    runScript(hands, 'take-branch', [use.branch]),
    setAuthor(hands, use.author),
  ]);
  if (!taken.ok) return taken;
  if (!set.ok) return set;
  const said = shasOf(taken.stdout, 2);
  if (!said.ok) return said;
  const [baseSha = '', holds = ''] = said.shas;
  return { ok: true, baseSha, holds };
}

export const repairSync = (hands: Hands): Promise<Result> => runScript(hands, 'repair-sync', []);

/** Moves a sandbox in which nobody worked yet on to a newer base. */
export async function syncTo(
  hands: Hands,
  mirror: Mirror,
  sync: { branch: string; from: string; to: string; lockFiles: string[] },
): Promise<Result> {
  const sent = await send(hands, mirror, { sha: sync.to, has: sync.from });
  if (!sent.ok) return sent;
  const moved = await runScript(hands, 'sync', [sent.pack, sync.branch, sync.to, ...sync.lockFiles]);
  if (moved.ok) {
    await fillSubmodules(hands, mirror, sync.to);
    await fillLfs(hands, mirror, sync.to);
  }
  return moved;
}

/** What waits in a sandbox: `install` of a newer lock file, or `all` that makes its repository ready. */
export type Wants = 'install' | 'all' | null;

export async function wantsInstall(hands: Hands): Promise<Wants> {
  const found = await hands.run(['/bin/cat', installMark], { clean: true, maxOutputBytes: 1024 });
  if (!found.ok || found.code !== 0) return null;
  return found.stdout.toString('utf8').trim() === 'all' ? 'all' : 'install';
}

/** Said before the repository is there: a crash in between installs once too often, never too seldom. */
export const wantAll = (hands: Hands): Promise<Result> => runScript(hands, 'want-all', []);

export async function installed(hands: Hands): Promise<void> {
  await hands.run(['/bin/rm', '-f', installMark], { clean: true });
}

/** The base commit of the repository in there, or null where none is whole: that ref is written last. */
export async function checkedOutBase(hands: Hands): Promise<string | null> {
  const found = await runScript(hands, 'base', []);
  const said = found.ok ? shasOf(found.stdout, 1) : found;
  return said.ok ? (said.shas[0] ?? null) : null;
}
