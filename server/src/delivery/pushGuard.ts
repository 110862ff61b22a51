import type { Result } from '@deckhand/shared';
import { isSha } from '../platform/git.ts';
import type { Mirror } from '../repos/mirror.ts';
import type { Signature } from '../sessions/store/meta.ts';
import { strangersIn } from './guard/authorship.ts';
import { type GuardLimits, guardLimits, Refused } from './guard/limits.ts';
import { newCommits, type Push } from './guard/newCommits.ts';
import type { SecretScanner } from './guard/secretScanner.ts';
import { secretsIn } from './guard/secrets.ts';
import { treeChanges } from './guard/treeChanges.ts';
import { changedWorkflows } from './guard/workflows.ts';

/** Branches of ours begin so: nothing else is ever pushed to. */
export const branchPrefix = 'deckhand/';
const shownFindings = 10;

export type PushRules = {
  /** Changes of CI workflows may go out: whoever writes one runs code with the repository's secrets. */
  workflows: boolean;
  /** How much is looked through; what exceeds it is refused. */
  limits?: GuardLimits;
};

export type Judged = {
  branch: string;
  head: string;
  /** Commits that the host has besides its branches: what was pushed, by us and by others. */
  hosted: readonly (string | undefined)[];
  /** In whose names commits may be. */
  people: readonly Signature[];
};

/**
 * Why commits may not leave; for the people and for the agent, which is to mend it. Null: they may. All that the host
 * does not have is looked at; what cannot be looked at is refused. Throws the signal's reason.
 */
export async function refusalOf(
  deps: { mirror: Mirror; rules: PushRules; scanner: SecretScanner },
  push: Judged,
  signal: AbortSignal,
): Promise<Result<{ refusal: string | null }>> {
  const { branch, head } = push;
  if (!branch.startsWith(branchPrefix))
    return { ok: true, refusal: `Only branches under ${branchPrefix} are pushed, and ${branch} is none.` };
  if (!isSha(head)) return { ok: true, refusal: 'What is to be pushed has no commit id.' };
  const limits = deps.rules.limits ?? guardLimits;
  const late = AbortSignal.timeout(limits.ms);
  try {
    return {
      ok: true,
      refusal: await judge(deps, push, { limits, signal: AbortSignal.any([signal, late]) }),
    };
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof Refused) return { ok: true, refusal: error.message };
    if (late.aborted)
      return {
        ok: true,
        refusal: 'It is too much to be looked through for secrets in time. Push less at once.',
      };
    throw error;
  }
}

async function judge(
  { mirror, rules, scanner }: { mirror: Mirror; rules: PushRules; scanner: SecretScanner },
  { head, hosted, people }: Judged,
  { limits, signal }: { limits: GuardLimits; signal: AbortSignal },
): Promise<string | null> {
  const there = hosted.filter(isSha).map(sha => mirror.resolve(sha));
  const known = (await Promise.all(there)).filter(isSha);
  const push: Push = { dir: mirror.dir, head, hosted: known, signal, limits };
  const commits = await newCommits(push);
  const strangers = strangersIn(commits, people);
  if (strangers) return strangers;
  const changes = await treeChanges(push, commits);
  if (!rules.workflows) {
    const base = await mirror.base();
    if (!base.ok) throw new Refused(base.message);
    const changed = await changedWorkflows(push, { changes, base: base.sha });
    if (changed.length > 0)
      return `It changes ${listed(changed)}, and workflows are not changed from here. Take that back, or ask an operator to set DECKHAND_ALLOW_WORKFLOWS.`;
  }
  const found = await secretsIn(scanner, push, { commits, changes });
  return found.length === 0
    ? null
    : `It holds what looks like a secret: ${listed(found)}. Take it out, and read it from the environment instead.`;
}

const listed = (found: readonly string[]) =>
  found.slice(0, shownFindings).join('; ') +
  (found.length > shownFindings ? ` and ${found.length - shownFindings} more` : '');
