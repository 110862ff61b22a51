import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { fixtureSessions, march } from '../../test/helpers/statsSessions.ts';
import { noFacts } from './facts.ts';
import { FactsFile } from './factsFile.ts';
import { applyToFacts } from './foldFacts.ts';
import { promptingWindowMs, StatsService } from './stats.ts';

let dir: string;
let file: FactsFile;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'deckhand-stats-'));
  file = new FactsFile(join(dir, 'stats.sqlite'));
  for (const { sessionId, events } of fixtureSessions())
    file.put(events.reduce(applyToFacts, noFacts(sessionId)));
});
afterEach(() => {
  file.close();
  rmSync(dir, { recursive: true });
});

const service = (refresh: () => Promise<void>, nowMs = 0) =>
  new StatsService({
    file,
    keeper: { refresh },
    lines: { of: () => null },
    teams: async () => new Map(),
    clock: () => nowMs,
    patienceMs: 5,
  });
const wanted = { ...march, every: 'month' as const, groupBy: 'repo' as const };

test('nobody waits for thousands of archives: what is counted by then is given, and said to be that', async () => {
  const repos = new Set(['shop', 'api', null]);
  const late = await service(() => new Promise(() => {})).answer({ ...wanted, repos });
  const whole = await service(async () => {}).answer({ ...wanted, repos });
  expect([late.upToDate, whole.upToDate]).toEqual([false, true]);
  expect({ ...late, upToDate: true }).toEqual(whole);
});

test('what may not be seen is not counted, sessions without a repository among it', async () => {
  const { groups } = await service(async () => {}).answer({ ...wanted, repos: new Set(['shop']) });
  expect(groups.map(({ group }) => group)).toEqual(['shop']);
});

test('who prompted five minutes ago prompts no more, and Deckhand itself is nobody', async () => {
  const repos = new Set(['api']);
  // The last prompts of this repository: by Ana, and by Deckhand for repairs.
  const lastMs = Date.parse('2026-03-22T07:00:00.000Z');
  const at = (ms: number) => service(async () => {}, ms).now(repos);
  expect((await at(lastMs + promptingWindowMs)).peoplePrompting).toBe(1);
  expect((await at(lastMs + promptingWindowMs + 1)).peoplePrompting).toBe(0);
});
