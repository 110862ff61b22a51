import type { ChangeChecks } from '@deckhand/shared';
import type { Octokit } from '@octokit/core';
import { pages, perPage } from './pages.ts';
import type { Place } from './place.ts';

/** A check run or a commit status of one commit. */
export type Check = {
  name: string;
  /** `waiting`: for somebody to do something on GitHub; `cancelled`: it ended without a verdict. */
  state: 'passed' | 'failed' | 'pending' | 'waiting' | 'cancelled';
  url: string | null;
  /** What it says of itself. */
  summary: string;
  /** Of GitHub Actions: its job, whose log can be read. */
  jobId: number | null;
};

const at = ({ owner, name }: Place) => ({ owner, repo: name });
/** What is not here, e.g. neutral and skipped, holds nothing up: GitHub shows it as passed. */
const concluded: Partial<Record<string, Check['state']>> = {
  failure: 'failed',
  timed_out: 'failed',
  startup_failure: 'failed',
  action_required: 'waiting',
  cancelled: 'cancelled',
  stale: 'cancelled',
};

/** The newest word of each check of a commit, ours left out. */
export async function readChecks(octokit: Octokit, place: Place, sha: string): Promise<Check[]> {
  const where = { ...at(place), ref: sha, per_page: perPage };
  const [runs, statuses] = await Promise.all([
    pages(async page => {
      const { data } = await octokit.request('GET /repos/{owner}/{repo}/commits/{ref}/check-runs', {
        ...where,
        filter: 'latest',
        page,
      });
      return data.check_runs;
    }),
    pages(async page => {
      const { data } = await octokit.request('GET /repos/{owner}/{repo}/commits/{ref}/status', {
        ...where,
        page,
      });
      return data.statuses;
    }),
  ]);
  const checks: Check[] = runs.map(run => ({
    name: run.name,
    state: run.status !== 'completed' ? 'pending' : (concluded[run.conclusion ?? ''] ?? 'passed'),
    url: run.html_url ?? run.details_url,
    summary: [run.output.title, run.output.summary, run.output.text].filter(Boolean).join('\n\n'),
    jobId: run.app?.slug === 'github-actions' ? Number(run.id) : null,
  }));
  for (const { context, state, target_url: url, description } of statuses)
    checks.push({
      name: context,
      state: state === 'success' ? 'passed' : state === 'pending' ? 'pending' : 'failed',
      url,
      summary: description ?? '',
      jobId: null,
    });
  return checks.filter(({ name }) => name !== approvalCheck).toSorted((a, b) => a.name.localeCompare(b.name));
}

/** A matrix may fail in a thousand places: the first say why, and the count says how many. */
const mostNamed = 100;

export function countChecks(checks: readonly Check[]): ChangeChecks {
  const count = (state: Check['state']) => checks.filter(check => check.state === state).length;
  const [waiting, cancelled] = [count('waiting'), count('cancelled')];
  return {
    passed: count('passed'),
    failed: count('failed'),
    pending: count('pending'),
    ...(waiting > 0 ? { waiting } : {}),
    ...(cancelled > 0 ? { cancelled } : {}),
    failing: checks
      .filter(({ state }) => state === 'failed')
      .slice(0, mostNamed)
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
