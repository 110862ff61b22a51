import type { Result } from '@deckhand/shared';
import { isSha } from '../platform/git.ts';
import { Unreadable } from '../platform/gitObjects.ts';
import { timeLimit } from '../platform/timeLimit.ts';
import type { Mirror } from '../repos/mirror.ts';
import type { Signature } from '../sessions/store/meta.ts';
import { strangersIn } from './guard/authorship.ts';
import { secretsInLfs } from './guard/lfs.ts';
import { type GuardLimits, guardLimits, Refused } from './guard/limits.ts';
import { newCommits, type Push } from './guard/newCommits.ts';
import type { SecretScanner } from './guard/secretScanner.ts';
import { secretsIn } from './guard/secrets.ts';
import { treeChanges } from './guard/treeChanges.ts';
import { unwantedIn } from './guard/unwanted.ts';
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
  /** Remarks that the agent was told of, by id: what it left as it is then is meant. */
  remarked?: readonly string[];
};

/** `remarks`: what was remarked on for the first time, and passes the next time. */
export type Judgement = { refusal: string | null; remarks?: string[] };

/**
 * Why commits may not leave; for the people and for the agent, which is to mend it. Null: they may. All that the host
 * does not have is looked at; what cannot be looked at is refused. Throws the signal's reason.
 */
export async function refusalOf(
  deps: { mirror: Mirror; rules: PushRules; scanner: SecretScanner },
  push: Judged,
  signal: AbortSignal,
): Promise<Result<Judgement>> {
  const { branch, head } = push;
  if (!branch.startsWith(branchPrefix))
    return { ok: true, refusal: `Only branches under ${branchPrefix} are pushed, and ${branch} is none.` };
  if (!isSha(head)) return { ok: true, refusal: 'What is to be pushed has no commit id.' };
  const limits = deps.rules.limits ?? guardLimits;
  using limit = timeLimit(limits.ms, signal);
  try {
    const judged = await judge(deps, push, { limits, signal: limit.signal });
    return { ok: true, ...judged };
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof Refused) return { ok: true, refusal: error.message };
    if (error instanceof Unreadable)
      return { ok: true, refusal: 'What is to be pushed could not be read whole.' };
    if (limit.isLate())
      return {
        ok: true,
        refusal: 'It is too much to be looked through for secrets in time. Push less at once.',
      };
    throw error;
  }
}

async function judge(
  { mirror, rules, scanner }: { mirror: Mirror; rules: PushRules; scanner: SecretScanner },
  { head, hosted, people, remarked = [] }: Judged,
  { limits, signal }: { limits: GuardLimits; signal: AbortSignal },
): Promise<Judgement> {
  const there = hosted.filter(isSha).map(sha => mirror.resolve(sha));
  const known = (await Promise.all(there)).filter(isSha);
  const push: Push = { dir: mirror.dir, head, hosted: known, signal, limits };
  const commits = await newCommits(push);
  const strangers = strangersIn(commits, people);
  if (strangers) return { refusal: strangers };
  const changes = await treeChanges(push, commits);
  if (!rules.workflows) {
    const base = await mirror.base();
    if (!base.ok) throw new Refused(base.message);
    const changed = await changedWorkflows(push, { changes, base: base.sha });
    if (changed.length > 0)
      return {
        refusal: `It changes ${listed(changed)}, and workflows are not changed from here. Take that back, or ask an operator to set DECKHAND_ALLOW_WORKFLOWS.`,
      };
  }
  // First, since looking for secrets in what is not to leave anyway takes the longest.
  const remarks = await unwantedIn(push, changes);
  const open = remarks.filter(({ id, final }) => final || !remarked.includes(id));
  if (open.length > 0) {
    const meant = open.some(({ final }) => final) ? '' : ' What is meant to be there you leave as it is.';
    return {
      refusal: `It holds ${open.map(({ text }) => `${text}.`).join(' It holds ')}${meant}`,
      remarks: remarks.map(({ id }) => id),
    };
  }
  const found = [
    ...(await secretsIn(scanner, push, { commits, changes })),
    ...(await secretsInLfs(scanner, push, mirror.lfs)),
  ];
  if (found.length === 0) return { refusal: null };
  return {
    refusal: `It holds what looks like a secret: ${listed(found)}. Take it out, and read it from the environment instead.`,
  };
}

const listed = (found: readonly string[]) =>
  found.slice(0, shownFindings).join('; ') +
  (found.length > shownFindings ? ` and ${found.length - shownFindings} more` : '');
