import { type ChangedFile, type Failure, failure, type Result } from '@deckhand/shared';
import { z } from 'zod';
import { isSha, Sha } from '../../platform/git.ts';

/** What scripts inside a sandbox answer, by its form. Anything else may have been said by a command of the agent's. */
const mostFiles = 10_000;
const mostPathChars = 4096;
const mostLines = 1_000_000_000;
const numstat = /^(\d{1,10}|-)\t(\d{1,10}|-)\t([^\0]*)$/;

/** So many ids of commits, parted by blanks. */
export function shasOf(text: string, count: number): Result<{ shas: string[] }> {
  const shas = text.trim().split(' ');
  return shas.length === count && z.array(Sha).safeParse(shas).success
    ? { ok: true, shas }
    : notOurs('did not answer with ids of commits');
}

/** Of held-origin.sh: a digest, then ids, one a line; what is none is left out. */
export function heldOf(text: string): { digest: string; shas: string[] } {
  const [digest = '', ...shas] = text.split('\n');
  return { digest, shas: shas.filter(isSha) };
}

export const TakenIn = z.enum(['nothing', 'taken', 'conflict']);
/** What others did to a session's branch, brought into its sandbox. */
export type TakenIn = z.infer<typeof TakenIn>;

export function takenInOf(text: string): Result<{ taken: TakenIn }> {
  const parsed = TakenIn.safeParse(text.trim());
  return parsed.success ? { ok: true, taken: parsed.data } : notOurs('did not say what it took in');
}

export const EditOutcome = z.enum(['committed', 'other', 'dirty', 'busy']);
/** What came of a person's edit of a file. */
export type EditOutcome = z.infer<typeof EditOutcome>;

export function editOutcomeOf(text: string): Result<{ came: EditOutcome }> {
  const parsed = EditOutcome.safeParse(text.trim());
  return parsed.success ? { ok: true, came: parsed.data } : notOurs('did not say what came of an edit');
}

const TreeFact = z.enum([
  'broken',
  'rebase',
  'cherry-pick',
  'revert',
  'bisect',
  'unmerged',
  'inner',
  'submodule',
  'stash',
  'behind',
]);
/** What stands in the way of a commit, or would be lost; with the paths or names that it is about. */
export type TreeFacts = Partial<Record<z.infer<typeof TreeFact>, string[]>>;
const mostNames = 200;

/** Of look-tree.sh: `kind name`, one a line. */
export function treeFactsOf(text: string): TreeFacts {
  const facts: TreeFacts = {};
  for (const line of text.split('\n').slice(0, mostNames)) {
    const [kind = '', ...name] = line.split(' ');
    const known = TreeFact.safeParse(kind);
    if (!known.success) continue;
    const shown = name
      .join(' ')
      .replaceAll(/\p{Cc}/gu, '?')
      .slice(0, mostNames);
    facts[known.data] = [...(facts[known.data] ?? []), shown];
  }
  return facts;
}

/** Of `git diff --numstat -z`. A list that was cut ends in a half entry, which is left out. */
export function changedFilesOf(text: string): ChangedFile[] {
  const entries = text.split('\0');
  entries.pop();
  const files: ChangedFile[] = [];
  for (let at = 0; at < entries.length && files.length < mostFiles; at++) {
    const [whole, added = '', removed = '', name = ''] = numstat.exec(entries[at] ?? '') ?? [];
    // Of a renamed one both names follow.
    if (whole !== undefined && name === '') at += 2;
    const path = name || (whole === undefined ? '' : (entries[at] ?? ''));
    // git says "-" for binary files.
    if (path !== '')
      files.push({ path: path.slice(0, mostPathChars), added: countOf(added), removed: countOf(removed) });
  }
  return files;
}

const countOf = (text: string) => Math.min(Number(text) || 0, mostLines);

/** The sandbox is not what we made any more: nothing more is asked of it in this turn. */
const notOurs = (what: string): Failure =>
  failure(
    'sandbox_lost',
    `Something in the sandbox answers in the place of git: it ${what}. Nothing of it was taken; the work before this turn is kept.`,
  );
