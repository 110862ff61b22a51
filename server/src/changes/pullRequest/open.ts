import { type GithubTrouble, isFailedRequest, troubleOf } from '../../identity/githubFailures.ts';
import { userOf } from '../../identity/signatures.ts';
import { githubClient } from '../../repos/github/client.ts';
import { openPull, type Pull } from '../../repos/github/pulls.ts';
import type { Change } from '../../sessions/changeRecords.ts';
import type { ChangesDeps } from '../deps.ts';
import { hostOf } from './place.ts';
import { bodyOf } from './words.ts';

/**
 * A change whose branch is pushed, once more tried to be opened: as the pull request of who asked for it, so that
 * GitHub itself keeps them from approving it. Answers how it stands then; what hinders is what it waits for.
 */
export async function openOnHost(
  deps: ChangesDeps,
  { sessionId, repoId }: { sessionId: string; repoId: string | null },
  change: Change,
): Promise<Change> {
  const host = hostOf(deps, repoId);
  // Where nobody can sign in, the branch and its comparison on GitHub are what there is.
  if (!host || (!deps.signInUrl && !deps.policy.appDrafts)) return opened(change, {});
  const { app, place } = host;
  const { apiUrl } = app.settings;
  const { branch, base, title, draft } = change;
  const body = bodyOf(change, { sessionId, publicUrl: deps.publicUrl() });
  const user = await userOf(deps.users, change.author.userId);
  try {
    if (user) {
      const asUser = await deps.userTokens.asUser(user.userId, (_, auth) => {
        const octokit = githubClient({ baseUrl: apiUrl, auth });
        return openPull(octokit, place, { branch, base, words: { title, body, draft } });
      });
      if (asUser.ok) return opened(change, { pull: asUser.value });
    }
    if (!deps.policy.appDrafts) return waiting(change, linkFirst(deps, change));
    const asApp = await app.asApp(place, { pull_requests: 'write' }, octokit =>
      openPull(octokit, place, { branch, base, words: { title, body, draft: true } }),
    );
    return asApp.ok ? opened(change, { pull: asApp.value, byApp: true }) : waiting(change, asApp.message);
  } catch (error) {
    return waiting(change, hindrance(deps, change, error));
  }
}

function opened(change: Change, { pull, byApp }: { pull?: Pull; byApp?: boolean }): Change {
  const { waits: _, ...rest } = change;
  if (!pull) return { ...rest, state: 'open' };
  const { number, url, title, draft, state } = pull;
  return { ...rest, state, number, url, title, draft, ...(byApp ? { byApp } : {}) };
}

const waiting = (change: Change, waits: string): Change => ({ ...change, state: 'waiting', waits });

function linkFirst({ signInUrl }: ChangesDeps, { author }: Change): string {
  const when = `The pull request is opened when ${author.name} links GitHub`;
  // Who came from elsewhere (`slack:T1/U1`) links there: to sign in alone would not say whose that account is.
  const isElsewhere = author.userId.includes(':') && !author.userId.startsWith('github:');
  return isElsewhere ? `${when}.` : `${when}: ${signInUrl?.() ?? ''}`;
}

const causes: Record<GithubTrouble, (change: Change, said: string) => string> = {
  token: ({ author }) =>
    `GitHub did not know ${author.name}; the pull request is opened when they sign in again.`,
  denied: ({ author }, said) => `GitHub did not let ${author.name} open the pull request: ${said}`,
  down: () => 'GitHub does not answer; the pull request is opened as soon as it does.',
};

function hindrance({ log }: ChangesDeps, change: Change, error: unknown): string {
  const { status, message = '' } = error as { status?: number; message?: string };
  log.warn({ status, changeId: change.changeId }, 'a pull request could not be opened yet');
  if (!isFailedRequest(error)) throw error;
  const trouble = status === undefined ? 'down' : troubleOf(error);
  return causes[trouble](change, message.split('\n')[0]?.slice(0, 300) ?? '');
}
