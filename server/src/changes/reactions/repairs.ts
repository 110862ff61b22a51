import type { Change } from '../../sessions/changeRecords.ts';
import type { ChangePolicy } from '../deps.ts';
import type { Told } from './told.ts';

const summaryChars = 2_000;
/** What else failed mostly failed for the same reason; the prompt has to end somewhere. */
const mostTold = 20;

/**
 * The prompt that failed checks, or a conflict with the base branch, make by themselves: once for each commit, a
 * bounded number of times for each change. Null: nothing to repair, or not by itself.
 */
export function repairOf(
  change: Change,
  { pull, checks }: Told,
  policy: Pick<ChangePolicy, 'repairs'>,
): { requestId: string; text: string } | null {
  // What somebody else pushed, they repair.
  if (pull.state !== 'open' || pull.headSha !== change.pushedSha || change.repairs >= policy.repairs)
    return null;
  if (pull.conflicts)
    return {
      requestId: `github.conflict.${pull.headSha}`,
      text: `Pull request #${pull.number} conflicts with ${change.base}. Its newest commit is refs/deckhand/upstream: run \`git merge refs/deckhand/upstream\`, resolve the conflicts so that both sides keep their intent, run the tests, and leave the commit to Deckhand.`,
    };
  const failed = checks.filter(({ state }) => state === 'failed');
  if (failed.length === 0 || checks.some(({ state }) => state === 'pending')) return null;
  const said = failed
    .slice(0, mostTold)
    .map(({ name, summary }) => `- ${name}${summary ? `: ${summary.slice(0, summaryChars)}` : ''}`);
  if (failed.length > mostTold) said.push(`- and ${failed.length - mostTold} more`);
  return {
    requestId: `github.checks.${pull.headSha}`,
    text: `Checks failed on pull request #${pull.number}, commit ${pull.headSha.slice(0, 12)}:\n\n${said.join('\n')}\n\nFind out why (read_checks shows their logs), and repair it.`,
  };
}
