import type { Result } from '@deckhand/shared';
import { userOf } from '../../identity/signatures.ts';
import type { GithubApp } from '../../repos/github/app.ts';
import { githubClient } from '../../repos/github/client.ts';
import type { Place } from '../../repos/github/place.ts';
import { type Pull, type PullWords, readPull, updatePull } from '../../repos/github/pulls.ts';
import type { Change } from '../../sessions/changeRecords.ts';
import type { ChangesDeps } from '../deps.ts';

/** Changes a pull request's words, as whoever opened it where their token still allows that, else as the App. */
export async function editPull(
  deps: ChangesDeps,
  { app, place }: { app: GithubApp; place: Place },
  { change, number }: { change: Change; number: number },
  words: (now: Pull) => Partial<PullWords & { base: string }>,
): Promise<Result<{ value: Pull }>> {
  const user = change.byApp ? null : await userOf(deps.users, change.author.userId);
  const edit = async (octokit: ReturnType<typeof githubClient>) => {
    const now = await readPull(octokit, place, number);
    return updatePull(octokit, place, now, words(now));
  };
  const asUser = user
    ? await deps.userTokens.asUser(user.userId, (_, auth) =>
        edit(githubClient({ baseUrl: app.settings.apiUrl, auth })),
      )
    : null;
  return asUser?.ok ? asUser : app.asApp(place, { pull_requests: 'write' }, edit);
}
