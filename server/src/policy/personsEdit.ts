import { type Author, failure, type Result, type Role } from '@deckhand/shared';
import { mayAnswer } from '../sessions/mayAnswer.ts';
import { decide } from './decide.ts';
import { deedOf } from './deedOf.ts';
import type { PolicyLayers } from './policyLayers.ts';

/**
 * Whether this person may change a file of a session by themselves. It is judged as the agent's edit of that file would
 * be; what would have to be approved they may do where they could approve it.
 */
export async function mayEdit(
  deps: { layers: Pick<PolicyLayers, 'of'>; roleOf: (userId: string) => Promise<Role> },
  { repoId, by, path }: { repoId: string | null; by: Author; path: string },
): Promise<Result> {
  const [layers, role] = await Promise.all([deps.layers.of(repoId), deps.roleOf(by.userId)]);
  const speakers = [{ userId: by.userId, role }];
  const decision = decide(deedOf({ tool: 'edit', input: { path } }), {
    layers,
    speakers,
    repo: repoId,
    grants: [],
  });
  if (decision.do === 'allow') return { ok: true };
  const refused = failure('not_found', `You may not edit this file. ${decision.why}`);
  if (decision.do === 'refuse') return refused;
  const answered = mayAnswer({ who: decision.who, author: by }, { approve: true, by, role });
  return answered.ok ? answered : refused;
}
