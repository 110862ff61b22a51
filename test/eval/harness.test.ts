import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { done, write } from '../emulators/model/index.ts';
import { openStack, type Stack } from '../support/stack.ts';
import { evaluate, makeTaskRepos } from './evaluate.ts';
import { playOracles, wordsForScript } from './playOracles.ts';
import { Report, reportOf, tableOf } from './report.ts';
import { readTasks } from './task.ts';

const tasks = readTasks(['js-merge-pricing', 'js-pool-hangs', 'py-ask-which-limit']);

let dir: string;
let made: Awaited<ReturnType<typeof makeTaskRepos>>;
let stack: Stack;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'deckhand-harness-'));
  made = await makeTaskRepos(tasks, join(dir, 'repos.json'));
  stack = await openStack({
    DECKHAND_REPOS: join(dir, 'repos.json'),
    DECKHAND_PRICES: JSON.stringify({ 'scripted-1': { input: 10, cachedInput: 1, output: 100 } }),
  });
});
afterAll(async () => {
  await stack.dispose();
  await made.remove();
  await rm(dir, { recursive: true, force: true });
});

test('what a script solves counts as solved, what it does not solve does not, and figures are those of the sessions', async () => {
  playOracles(stack.model, tasks);
  // It ends whoever loads it, and looks for checks where they might be.
  stack.model.script('eval-js-pool-hangs-0', [
    {
      calls: [
        write('pool.js', 'process.exit(0);\n'),
        write('../checks/check.sh', 'exit 0\n'),
        write('checks/check.sh', 'exit 0\n'),
      ],
    },
    done('Fixed, all tests pass.'),
  ]);
  const attempts = await evaluate({
    ...{ client: stack.client, tasks, repos: made.repos, repeat: 1, parallel: 2, turnMs: 120_000 },
    wordsFor: wordsForScript,
  });
  const report = Report.parse(
    JSON.parse(JSON.stringify(reportOf(attempts, { model: 'scripted-1', at: new Date() }))),
  );
  const [merge, pool, ask] = report.attempts;
  expect(report.attempts.map(({ task, why }) => [task, why === null])).toEqual([
    ['js-merge-pricing', true],
    ['js-pool-hangs', false],
    ['py-ask-which-limit', true],
  ]);
  expect(merge).toMatchObject({
    solved: true,
    outcomes: ['done'],
    steps: 3,
    inputTokens: 300,
    outputTokens: 30,
  });
  expect(merge?.costUsd).toBeCloseTo(0.006);
  expect(pool).toMatchObject({ solved: false, outcomes: ['done'], toolCalls: 3 });
  expect(pool?.why).toContain('not as asked');
  expect(ask).toMatchObject({ solved: true, outcomes: ['asked', 'done'], steps: 5 });
  expect(report.prompts).toHaveLength(1);

  const lines = tableOf(report).split('\n');
  expect(lines.at(-1)).toMatch(/^\| \*\*all 3\*\* \| 2\/3 \| 10 \| 1000 \| 0 \| 100 \| \$0\.02 \|/);
  const worse = {
    ...report,
    attempts: report.attempts.map(each => ({ ...each, solved: each.task === 'js-pool-hangs' })),
  };
  const compared = tableOf(report, worse);
  expect(compared).toMatch(/\| js-merge-pricing \| 1\/1 .*\| 0\/1 ▲ \| 300 \|/);
  expect(compared).toMatch(/\| js-pool-hangs \| 0\/1 .*\| 1\/1 ▼ \|/);
  // The agent saw the repository, and nothing that judges it.
  const seen = JSON.stringify(stack.model.journal.map(({ messages }) => messages));
  expect(seen).not.toContain('lib.sh');
});
