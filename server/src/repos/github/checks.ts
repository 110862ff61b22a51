import type { ChangeChecks } from '@deckhand/shared';
import type { Octokit } from '@octokit/core';
import type { Place } from './place.ts';

/** A check run or a commit status of one commit. */
export type Check = {
  name: string;
  state: 'passed' | 'failed' | 'pending';
  url: string | null;
  /** What it says of itself. */
  summary: string;
  /** Of GitHub Actions: its job, whose log can be read. */
  jobId: number | null;
};

const at = ({ owner, name }: Place) => ({ owner, repo: name });
const failing = new Set(['failure', 'timed_out', 'cancelled', 'action_required', 'startup_failure']);

/** The newest word of each check of a commit, ours left out. */
export async function readChecks(octokit: Octokit, place: Place, sha: string): Promise<Check[]> {
  const where = { ...at(place), ref: sha, per_page: 100 };
  const [runs, statuses] = await Promise.all([
    octokit.request('GET /repos/{owner}/{repo}/commits/{ref}/check-runs', { ...where, filter: 'latest' }),
    octokit.request('GET /repos/{owner}/{repo}/commits/{ref}/status', where),
  ]);
  const checks: Check[] = runs.data.check_runs.map(run => ({
    name: run.name,
    state: run.status !== 'completed' ? 'pending' : failing.has(run.conclusion ?? '') ? 'failed' : 'passed',
    url: run.html_url ?? run.details_url,
    summary: [run.output.title, run.output.summary, run.output.text].filter(Boolean).join('\n\n'),
    jobId: run.app?.slug === 'github-actions' ? Number(run.id) : null,
  }));
  for (const { context, state, target_url: url, description } of statuses.data.statuses)
    checks.push({
      name: context,
      state: state === 'success' ? 'passed' : state === 'pending' ? 'pending' : 'failed',
      url,
      summary: description ?? '',
      jobId: null,
    });
  return checks.filter(({ name }) => name !== approvalCheck).toSorted((a, b) => a.name.localeCompare(b.name));
}

export function countChecks(checks: readonly Check[]): ChangeChecks {
  const count = (state: Check['state']) => checks.filter(check => check.state === state).length;
  return {
    passed: count('passed'),
    failed: count('failed'),
    pending: count('pending'),
    failing: checks
      .filter(({ state }) => state === 'failed')
      .map(({ name, url }) => (url ? { name, url } : { name })),
  };
}

/** The log of a failed job of GitHub Actions, its end; empty where there is none (any more). */
export async function readJobLog(
  octokit: Octokit,
  place: Place,
  { jobId, chars }: { jobId: number; chars: number },
): Promise<string> {
  try {
    const { data } = await octokit.request('GET /repos/{owner}/{repo}/actions/jobs/{job_id}/logs', {
      ...at(place),
      job_id: jobId,
    });
    const text = typeof data === 'string' ? data : Buffer.from(data as ArrayBuffer).toString('utf8');
    return text.slice(-chars);
  } catch (error) {
    if (((error as { status?: number }).status ?? 500) < 500) return '';
    throw error;
  }
}

/** Named so on GitHub: of a pull request that the App opened, until somebody who did not prompt approved it. */
export const approvalCheck = 'Deckhand: approved by somebody who did not ask';

/** Says on a commit whether such a pull request may be merged. The same again changes nothing that anyone sees. */
export async function setApprovalCheck(
  octokit: Octokit,
  place: Place,
  check: { sha: string; approvedBy: string | null; asked: string[] },
): Promise<void> {
  const { sha, approvedBy, asked } = check;
  const summary = approvedBy
    ? `${approvedBy} approved it, and did not ask for it.`
    : `Asked for by ${asked.join(', ')}. Somebody else must approve it before it is merged.`;
  const output = { title: approvedBy ? 'Approved' : 'Waits for an approval', summary };
  await octokit.request('POST /repos/{owner}/{repo}/check-runs', {
    ...at(place),
    name: approvalCheck,
    head_sha: sha,
    external_id: 'deckhand-approval',
    output,
    status: 'completed',
    conclusion: approvedBy ? 'success' : 'action_required',
  });
}
