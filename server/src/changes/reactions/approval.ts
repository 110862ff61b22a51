import { userOf } from '../../identity/signatures.ts';
import { setApprovalCheck } from '../../repos/github/checks.ts';
import { readChange } from '../../sessions/changeRecords.ts';
import type { Meta } from '../../sessions/store/meta.ts';
import type { ChangesDeps } from '../deps.ts';
import { hostOf } from '../pullRequest/place.ts';
import { changed } from '../record.ts';
import type { Told } from './told.ts';

/**
 * A pull request that the App opened could be approved by who asked for it: a check of ours on its newest commit holds
 * it until somebody else did.
 */
export async function renewApproval(
  deps: ChangesDeps,
  meta: Meta,
  { changeId, told }: { changeId: string; told: Told },
): Promise<void> {
  const found = await readChange(deps.store, meta.id, changeId);
  const host = hostOf(deps, meta.repo);
  if (!found?.change.byApp || !host || told.pull.state !== 'open') return;
  const { asked, reviews, approval } = found.change;
  const users = await Promise.all(asked.map(({ userId }) => userOf(deps.users, userId)));
  const askers = new Set(users.flatMap(user => (user ? [user.github.login.toLowerCase()] : [])));
  const others = (reviews?.approved ?? []).filter(login => !askers.has(login.toLowerCase()));
  // Whoever asked without linking GitHub may be one of those who approved: then it takes one more.
  const unknown = users.filter(user => user === null).length;
  const by = others.length > unknown ? others.join(', ') : null;
  const sha = told.pull.headSha;
  if (approval?.sha === sha && approval.by === by) return;
  const check = { sha, approvedBy: by, asked: asked.map(({ name }) => name) };
  const set = await host.app.asApp(host.place, { checks: 'write' }, octokit =>
    setApprovalCheck(octokit, host.place, check),
  );
  if (set.ok) await changed(deps, meta, changeId, change => ({ ...change, approval: { sha, by } }));
}
