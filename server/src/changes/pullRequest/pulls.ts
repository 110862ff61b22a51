import { fullName, type Place } from '../../repos/github/place.ts';
import { type Change, indexPull } from '../../sessions/changeRecords.ts';
import type { ChangesDeps } from '../deps.ts';
import { hostOf } from './place.ts';

export const pullKey = (place: Place, number: number): string => `${fullName(place).toLowerCase()}#${number}`;

/** What is told of this pull request finds its session from now on. */
export async function indexOf(
  deps: ChangesDeps,
  { id, repo }: { id: string; repo: string | null },
  { changeId, number }: Change,
): Promise<void> {
  const host = hostOf(deps, repo);
  if (host && number !== undefined)
    await indexPull(deps.store, pullKey(host.place, number), { sessionId: id, changeId });
}
