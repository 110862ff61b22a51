import type { Octokit } from '@octokit/core';
import type { Place } from './place.ts';

/** A pull request as GitHub tells of it. */
export type Pull = {
  number: number;
  /** For GraphQL, which alone knows drafts. */
  nodeId: string;
  url: string;
  title: string;
  body: string;
  /** Everybody can read its repository. */
  isPublic: boolean;
  state: 'open' | 'merged' | 'closed';
  draft: boolean;
  headSha: string;
  /** Login of who opened it. */
  author: string;
  mergedBy: string | null;
  mergeSha: string | null;
  /** Null while GitHub works it out, or where the answer does not say. */
  conflicts: boolean | null;
  /** Logins of those who were asked for a review and have not given one. */
  requested: string[];
};

export type PullWords = { title: string; body: string; draft: boolean };

/** What we read of GitHub's answers: the list leaves some of it out. */
type PullData = {
  number: number;
  node_id: string;
  html_url: string;
  title: string;
  body: string | null;
  state: string;
  draft?: boolean | undefined;
  merged_at: string | null;
  merge_commit_sha: string | null;
  head: { sha: string };
  base: { repo: { private: boolean } };
  user: { login: string } | null;
  merged_by?: { login: string } | null;
  mergeable?: boolean | null;
  requested_reviewers?: { login: string }[] | null;
};

const toPull = (data: PullData): Pull => ({
  number: data.number,
  nodeId: data.node_id,
  url: data.html_url,
  title: data.title,
  body: data.body ?? '',
  isPublic: !data.base.repo.private,
  state: data.merged_at !== null ? 'merged' : data.state === 'open' ? 'open' : 'closed',
  draft: data.draft ?? false,
  headSha: data.head.sha,
  author: data.user?.login ?? 'ghost',
  mergedBy: data.merged_by?.login ?? null,
  // GitHub names the commit of a trial merge here while it is open.
  mergeSha: data.merged_at === null ? null : data.merge_commit_sha,
  conflicts: data.mergeable === undefined || data.mergeable === null ? null : !data.mergeable,
  requested: (data.requested_reviewers ?? []).map(({ login }) => login),
});

const at = ({ owner, name }: Place) => ({ owner, repo: name });

/** The newest pull request of a branch of this repository itself, whatever became of it. */
export async function findPull(octokit: Octokit, place: Place, branch: string): Promise<Pull | null> {
  const { data } = await octokit.request('GET /repos/{owner}/{repo}/pulls', {
    ...at(place),
    head: `${place.owner}:${branch}`,
    state: 'all',
    sort: 'created',
    direction: 'desc',
    per_page: 10,
  });
  const own = data.filter(({ head }) => head.ref === branch);
  const found = own.find(({ state }) => state === 'open') ?? own[0];
  return found ? toPull(found) : null;
}

export async function readPull(octokit: Octokit, place: Place, number: number): Promise<Pull> {
  const { data } = await octokit.request('GET /repos/{owner}/{repo}/pulls/{pull_number}', {
    ...at(place),
    pull_number: number,
  });
  return toPull(data);
}

/** Opens it, or answers the one that is there already: opening twice makes one. */
export async function openPull(
  octokit: Octokit,
  place: Place,
  { branch, base, words }: { branch: string; base: string; words: PullWords },
): Promise<Pull> {
  const found = await findPull(octokit, place, branch);
  if (found?.state === 'open') return found;
  try {
    const { data } = await octokit.request('POST /repos/{owner}/{repo}/pulls', {
      ...at(place),
      head: branch,
      base,
      maintainer_can_modify: true,
      ...words,
    });
    return toPull(data);
  } catch (error) {
    // "A pull request already exists": another try of ours was quicker. Or its answer was lost on the way.
    const other = await findPull(octokit, place, branch);
    if (other?.state === 'open') return other;
    throw error;
  }
}

/** Changes its words, or where it is to be merged; a draft becomes ready, or the other way round, only through GraphQL. */
export async function updatePull(
  octokit: Octokit,
  place: Place,
  pull: Pull,
  words: Partial<PullWords & { base: string }>,
): Promise<Pull> {
  const { draft, ...texts } = words;
  if (draft !== undefined && draft !== pull.draft) {
    const mutation = draft ? 'convertPullRequestToDraft' : 'markPullRequestReadyForReview';
    await octokit.graphql(
      `mutation($id: ID!) { ${mutation}(input: {pullRequestId: $id}) { pullRequest { isDraft } } }`,
      { id: pull.nodeId },
    );
  }
  if (Object.keys(texts).length === 0) return { ...pull, draft: draft ?? pull.draft };
  const { data } = await octokit.request('PATCH /repos/{owner}/{repo}/pulls/{pull_number}', {
    ...at(place),
    pull_number: pull.number,
    ...texts,
  });
  return { ...toPull(data), draft: draft ?? pull.draft };
}
