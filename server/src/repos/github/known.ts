import { z } from 'zod';
import { type FoundRepo, placeIn, RepoConfig } from '../catalog.ts';

/** A repository that an installation of the App gives access to, by GitHub's own number. */
export type Installed = {
  githubId: number;
  fullName: string;
  url: string;
  description: string;
  defaultBranch: string;
};

/** What was ever told of a repository. Its number stays when it is renamed or transferred, and so does our id. */
const Known = z.object({
  githubId: z.number(),
  id: z.string(),
  /** `host/owner/name`, oldest first. */
  places: z.array(z.string()),
  /** Null: the App is not installed on it (any more). */
  now: z
    .object({ name: z.string(), url: z.string(), description: z.string(), baseBranch: z.string() })
    .nullable(),
});
export type Known = z.infer<typeof Known>;
export const KnownRepos = z.array(Known);

/**
 * What is known after GitHub told this. An id that was given is given to no other repository: its sessions would go on
 * in work that is none of theirs. Only what was made anew in the place of one that is gone takes its id over.
 */
export function noteInstalled(known: readonly Known[], installed: readonly Installed[]): Known[] {
  const listed = new Set(installed.map(({ githubId }) => githubId));
  const numbers = new Set(known.map(({ githubId }) => githubId));
  const places = new Set(
    installed.filter(({ githubId }) => !numbers.has(githubId)).map(({ url }) => placeIn(url)),
  );
  const next: Known[] = known
    .filter(({ githubId, places: had }) => listed.has(githubId) || !places.has(had.at(-1) ?? ''))
    .map(each => ({ ...each, now: null }));
  const successor = new Map(
    known
      .filter(each => !next.some(({ githubId }) => githubId === each.githubId))
      .map(each => [each.places.at(-1), each.id]),
  );
  // Those that have an id keep it, whatever order GitHub tells them in.
  const heirsFirst = installed.toSorted(
    (a, b) => Number(successor.has(placeIn(b.url))) - Number(successor.has(placeIn(a.url))),
  );
  for (const { githubId, fullName, url, description, defaultBranch } of heirsFirst) {
    const place = placeIn(url);
    const name = fullName.split('/')[1] ?? fullName;
    const now = { name, url, description, baseBranch: defaultBranch };
    const before = next.find(each => each.githubId === githubId);
    if (before) {
      before.now = now;
      if (before.places.at(-1) !== place)
        before.places = [...before.places.filter(had => had !== place), place];
      continue;
    }
    const isFree = (id: string) => !next.some(each => each.id.toLowerCase() === id.toLowerCase());
    const owned = fullName.replace('/', '-');
    const id = successor.get(place) ?? [name, owned].find(isFree) ?? `${owned}-${githubId}`;
    next.push({ githubId, id, places: [place], now });
  }
  return next;
}

/** For the catalog: those that the App is installed on now. Who knows only the new name finds them by that. */
export function foundOf(known: readonly Known[]): FoundRepo[] {
  return known.flatMap(({ id, places, now }) => {
    if (!now) return [];
    const { name, url, description, baseBranch } = now;
    const aliases = name.toLowerCase() === id.toLowerCase() ? [] : [name];
    const repo = RepoConfig.safeParse({ id, url, description, baseBranch, aliases });
    return repo.success ? [{ ...repo.data, places }] : [];
  });
}
