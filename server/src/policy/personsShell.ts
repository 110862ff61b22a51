import { type Author, failure, type Result, type Role } from '@deckhand/shared';
import { mayAnswer } from '../sessions/mayAnswer.ts';
import { decide } from './decide.ts';
import type { Deed } from './deed.ts';
import type { PolicyLayers } from './policyLayers.ts';

/** A shell in which somebody types: what they will run is known to nobody before. */
const shell: Deed = {
  tool: 'terminal',
  action: 'a shell in the sandbox',
  edits: false,
  needs: [{ scope: 'shell:write', level: 'L2', value: null }],
  risk: null,
};

/**
 * Whether this person may type in the sandbox's terminal. What a policy would have asked for of the agent needs nobody's
 * yes where the person could give it themselves; what somebody else must allow, and what is refused, cannot be told apart
 * from the rest while it is typed: they do not type at all.
 */
export async function mayType(
  deps: { layers: Pick<PolicyLayers, 'of'>; roleOf: (userId: string) => Promise<Role> },
  {
    repoId,
    by,
    refused = 'You may look on, not type.',
  }: { repoId: string | null; by: Author; refused?: string },
): Promise<Result> {
  const [layers, role] = await Promise.all([deps.layers.of(repoId), deps.roleOf(by.userId)]);
  const speakers = [{ userId: by.userId, role }];
  const decision = decide(shell, { layers, speakers, repo: repoId, grants: [] });
  if (decision.do === 'allow') return { ok: true };
  if (decision.do === 'refuse') return failure('not_found', `${refused} ${decision.why}`);
  const answered = mayAnswer({ who: decision.who, author: by }, { approve: true, by, role });
  return answered.ok ? answered : failure('not_found', `${refused} ${decision.why}`);
}
