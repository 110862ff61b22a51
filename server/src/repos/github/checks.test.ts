import { expect, test } from '@jest/globals';
import { Octokit } from '@octokit/core';
import { countChecks, readChecks } from './checks.ts';

type Run = { name: string; status?: string; conclusion?: string | null };

/** GitHub with these checks of every commit, in pages as it gives them. */
function githubWith({ runs = [], statuses = [] }: { runs?: Run[]; statuses?: object[] }) {
  const fetch = async (address: string) => {
    const { pathname, searchParams } = new URL(address);
    const size = Number(searchParams.get('per_page') ?? 30);
    const from = (Number(searchParams.get('page') ?? 1) - 1) * size;
    const shown = runs.map((run, id) => ({
      id,
      status: 'completed',
      conclusion: null,
      html_url: `https://github.test/${id}`,
      output: { title: null, summary: null, text: null },
      app: null,
      ...run,
    }));
    const body = pathname.endsWith('/status')
      ? { statuses: statuses.slice(from, from + size) }
      : { check_runs: shown.slice(from, from + size) };
    return new Response(JSON.stringify(body), { headers: { 'content-type': 'application/json' } });
  };
  return new Octokit({ request: { fetch } });
}
const read = (has: Parameters<typeof githubWith>[0]) =>
  readChecks(githubWith(has), { owner: 'acme', name: 'shop' }, 'c0ffee');

test('checks and statuses beyond the first hundred count', async () => {
  const runs = Array.from({ length: 230 }, (_, n) => ({
    name: `run ${n}`,
    conclusion: n === 229 ? 'failure' : 'success',
  }));
  const statuses = Array.from({ length: 101 }, (_, n) => ({
    context: `status ${n}`,
    state: n === 100 ? 'error' : 'success',
    target_url: null,
    description: null,
  }));
  expect(countChecks(await read({ runs, statuses }))).toEqual({
    passed: 329,
    failed: 2,
    pending: 0,
    failing: [{ name: 'run 229', url: 'https://github.test/229' }, { name: 'status 100' }],
  });
});

test.each([
  ['success', 'passed'],
  ['neutral', 'passed'],
  ['skipped', 'passed'],
  ['failure', 'failed'],
  ['timed_out', 'failed'],
  ['startup_failure', 'failed'],
  ['cancelled', 'cancelled'],
  ['stale', 'cancelled'],
  ['action_required', 'waiting'],
])('a check that ended as %s is %s', async (conclusion, state) => {
  expect(await read({ runs: [{ name: 'a', conclusion }] })).toMatchObject([{ state }]);
});

test('what waits for somebody and what was cancelled is told apart from what failed', async () => {
  const runs = ['action_required', 'cancelled', 'success'].map(conclusion => ({
    name: conclusion,
    conclusion,
  }));
  expect(countChecks(await read({ runs }))).toEqual({
    passed: 1,
    failed: 0,
    pending: 0,
    waiting: 1,
    cancelled: 1,
    failing: [],
  });
});
