import type { User, Users } from '../../identity/users.ts';
import { forgetNames } from '../../policy/audit/names.ts';
import { attachmentBlob, attachmentKey, disownAttachment } from '../../sessions/retention/attachmentHolds.ts';
import { everySession } from '../../sessions/retention/everySession.ts';
import { commit } from '../../sessions/store/commit.ts';
import { part } from '../../sessions/store/keys.ts';
import { readMeta } from '../../sessions/store/meta.ts';
import type { Store } from '../../sessions/store/store.ts';
import { type EraseDeps, eraseSession, forgetCounted, removeBoth, seize } from './eraseSession.ts';
import { type Gone, rewriteSession } from './rewriteSession.ts';
import { keysOf, sweepRedis } from './sweepRedis.ts';

export type ErasePersonDeps = EraseDeps & { users: Users; orgIds: readonly string[] };

/** Every id that somebody has here: their own, and those of accounts elsewhere, `slack:T1/U1`. */
async function idsOf({ users }: ErasePersonDeps, userId: string): Promise<string[]> {
  return [userId, ...(await users.accountsOf(userId))];
}

/**
 * Erases a person: who they are and how they sign in, sessions that they alone wrote in, and their words and name in
 * those that others wrote in, too. Their rights go first, so that nothing of theirs begins any more; what finds the rest goes last.
 */
export async function erasePerson(deps: ErasePersonDeps, userId: string): Promise<void> {
  const { store, users, orgIds, audit } = deps;
  const user = await users.get(userId);
  await users.signOutEverywhere(userId);
  const ids = await idsOf(deps, userId);
  const gone = goneOf(deps, userId, { ids, user });
  for await (const sessionId of everySession(store, orgIds)) {
    const meta = await readMeta(store, sessionId);
    if (!meta?.authors.some(author => ids.includes(author.userId))) continue;
    const names = meta.authors.filter(author => ids.includes(author.userId)).map(({ name }) => name);
    if (meta.authors.every(author => ids.includes(author.userId))) await eraseSession(deps, sessionId);
    else await eraseFrom(deps, sessionId, { ...gone, names: [...new Set([...gone.names, ...names])] });
  }
  await eraseUploads(store, ids);
  const login = user?.github.login.toLowerCase();
  const named = [...ids, ...(login ? [`login:${login}`] : [])];
  await forgetNames(store, new Set(named.map(id => audit.names.of('person', id))));
  if (login) await users.forgetLogin(login);
  await sweepRedis(store, ids);
}

/** What they uploaded and never sent. */
async function eraseUploads(store: Store, ids: readonly string[]): Promise<void> {
  for await (const key of keysOf(store, attachmentKey('*'))) {
    const attachmentId = key.slice(attachmentKey('').length);
    for (const id of ids)
      if (await disownAttachment(store, attachmentId, id))
        await removeBoth(store, attachmentBlob(attachmentId));
  }
}

function goneOf(
  { audit }: EraseDeps,
  userId: string,
  { ids, user }: { ids: string[]; user: User | null },
): Gone {
  const alias = {
    userId: `usr_erased${audit.names.of('person', userId).slice(0, 12)}`,
    name: 'Erased person',
  };
  return { ids, names: user ? [user.name, user.github.login] : [], alias };
}

async function eraseFrom(deps: ErasePersonDeps, sessionId: string, gone: Gone): Promise<void> {
  const { store } = deps;
  const lease = await seize(store, sessionId);
  if (!lease) return;
  try {
    const meta = await readMeta(store, sessionId);
    // A title is the first prompt's words.
    const isTheirs = gone.ids.includes(meta?.authors[0]?.userId ?? '');
    await rewriteSession(store, sessionId, gone);
    const ops = [
      ...(isTheirs ? [['HSET', part.meta, 'title', '(erased)'] as [string, string, string, string]] : []),
      ['HSET', part.meta, 'archive', ''] as [string, string, string, string],
      ['HINCRBY', part.meta, 'rewrites', '1'] as [string, string, string, string],
    ];
    await commit(store, sessionId, { checks: [], ops });
    if (meta?.archive) await removeBoth(store, meta.archive);
    // Counted and searched anew from its log.
    await forgetCounted(deps, sessionId);
  } finally {
    await lease.release().catch(() => {});
  }
}
