import type { Mirror } from '../repos/mirror.ts';
import type { Run } from '../sessions/store/meta.ts';
import { changesOf } from '../tasks/workflow/stack.ts';

/** In the last commit of each change below the top: of which workflow, and its place from below. */
const trailer = 'Deckhand-Change';
export const cutTrailer = (workflowId: string, place: number): string => `${trailer}: ${workflowId} ${place}`;

/** What the changes are called in which a turn's work leaves, the lowest first; null where it leaves as one. */
export function stackTitles({ workflow }: Pick<Run, 'workflow'>): string[] | null {
  const titles = workflow ? changesOf(workflow.graph, workflow.cuts) : [];
  return titles.length < 2 ? null : titles;
}

export const topTitle = (run: Pick<Run, 'workflow'>): string | undefined => stackTitles(run)?.at(-1);

export type Cut = { sha: string; title: string };

/**
 * Where the changes of a stack end, the lowest first, as the commits say: they have other ids once they are signed. What
 * was changed in none of them is not there.
 */
export async function cutsIn(
  mirror: Mirror,
  {
    workflowId,
    titles,
    base,
    head,
  }: { workflowId: string; titles: readonly string[]; base: string; head: string },
): Promise<Cut[]> {
  const format = `--format=%H %(trailers:key=${trailer},valueonly,separator=%x20)`;
  const range = ['--end-of-options', `${base}..${head}`];
  const listed = await mirror.git(['log', '--reverse', '--first-parent', format, ...range]);
  if (!listed.ok) return [];
  const cuts = new Map<number, Cut>();
  for (const line of listed.stdout.split('\n')) {
    const [sha = '', whose, place] = line.trim().split(' ');
    const title = titles[Number(place) - 1];
    // Whoever works in the sandbox may write such a line, too: then a change ends there.
    if (whose === workflowId && title !== undefined && Number(place) < titles.length)
      cuts.set(Number(place), { sha, title });
  }
  const ends = [...cuts].toSorted(([a], [b]) => a - b).map(([, cut]) => cut);
  return [...new Map(ends.map(cut => [cut.sha, cut])).values()];
}
