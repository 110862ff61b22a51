import type { Octokit } from '@octokit/core';
import type { Place } from './place.ts';

export type Picture = { name: string; content: Buffer };

/** Fixed, so that the same pictures are the same commit however often they are stored. */
const who = { name: 'Deckhand', email: 'deckhand@users.noreply.github.com', date: '2000-01-01T00:00:00Z' };

/**
 * Keeps pictures in the repository itself, as a commit without parents under a name of its own that is no branch: so
 * they are seen by those who may read the repository and by nobody else, need no server of ours to be shown, and are
 * in nobody's way. Answers the commit. https://docs.github.com/en/rest/git
 */
export async function storePictures(
  octokit: Octokit,
  { owner, name: repo }: Place,
  { ref, pictures }: { ref: string; pictures: readonly Picture[] },
): Promise<string> {
  const at = { owner, repo };
  const tree = await Promise.all(
    pictures.map(async ({ name, content }) => {
      const given = { ...at, content: content.toString('base64'), encoding: 'base64' };
      const { data } = await octokit.request('POST /repos/{owner}/{repo}/git/blobs', given);
      return { path: name, mode: '100644', type: 'blob', sha: data.sha } as const;
    }),
  );
  const made = await octokit.request('POST /repos/{owner}/{repo}/git/trees', { ...at, tree });
  const commit = await octokit.request('POST /repos/{owner}/{repo}/git/commits', {
    ...at,
    message: 'Pictures of a change',
    tree: made.data.sha,
    parents: [],
    author: who,
    committer: who,
  });
  const { sha } = commit.data;
  try {
    await octokit.request('POST /repos/{owner}/{repo}/git/refs', { ...at, ref: `refs/${ref}`, sha });
  } catch (error) {
    // It is there already, from pictures before these.
    if ((error as { status?: number }).status !== 422) throw error;
    await octokit.request('PATCH /repos/{owner}/{repo}/git/refs/{ref}', { ...at, ref, sha, force: true });
  }
  return sha;
}

/** Where GitHub shows a file of a commit as it is, to who may read the repository. */
export const pictureUrl = (webUrl: string, { owner, name }: Place, commit: string, file: string): string =>
  `${webUrl}/${owner}/${name}/blob/${commit}/${file}?raw=true`;
