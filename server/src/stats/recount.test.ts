import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CommandInput, Stats, StatsGroup } from '@deckhand/shared';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openRecount, type Recount } from '../../test/helpers/statsArchives.ts';
import { fixtureSessions, march } from '../../test/helpers/statsSessions.ts';
import { openStatsStack, type StatsStack, token } from '../../test/helpers/statsStack.ts';
import { Users } from '../identity/users.ts';
import { hibernateSession } from '../sessions/archive/hibernate.ts';

let stack: StatsStack;
let recount: Recount;
const scripts = fixtureSessions();
/** As GitHub said when they signed in. */
const teams: [string, string][] = [
  ['usr_gh1', 'acme/web'],
  ['usr_gh1', 'acme/core'],
  ['usr_gh2', 'acme'],
];

beforeAll(async () => {
  stack = await openStatsStack({ repos: [{ id: 'api', url: '/nowhere/api.git' }] });
  for (const script of scripts) await script.write(stack.store);
  const users = new Users({ store: stack.store, admins: new Set(), clock: Date.now });
  for (const id of [1, 2, 3]) {
    const names = teams.filter(([userId]) => userId === `usr_gh${id}`).map(([, team]) => team);
    await users.signedIn({ id, login: `p${id}`, name: `P${id}`, avatarUrl: null }, names);
  }
  // Some of them are in the archive already.
  for (const name of ['ses_merged00', 'ses_before00', 'ses_talked00'])
    expect(await hibernateSession(stack.store, name, Date.now() + 1_000)).not.toBe('busy');
  await stack.start();
  const files: string[] = [];
  for (const { sessionId } of scripts) {
    const exported = await stack.client().exportSession(sessionId);
    if (!exported.ok) throw new Error(exported.message);
    const path = join(stack.dataDir, `${sessionId}.sqlite`);
    await writeFile(path, exported.content);
    files.push(path);
  }
  recount = openRecount(files, march, teams);
});
afterAll(async () => {
  recount?.close();
  await stack?.dispose();
});

async function ask(more: Partial<CommandInput<'stats'>> = {}): Promise<Stats> {
  const answer = await stack.client().http.stats({ ...march, ...more });
  if (!answer.ok) throw new Error(answer.message);
  // How a repository's lines are counted has a test of its own.
  return { ...answer, lines: [] };
}
const byName = (rows: readonly object[]) =>
  rows.map(row => JSON.stringify(Object.entries(row).toSorted())).toSorted();

test('the counts of the fixture are known', async () => {
  const stats = await ask();
  expect(stats.merged).toEqual({ sessions: 4, changes: 4, added: 12 + 7 + 3 + 4, removed: 3 + 0 + 1 + 4 });
  expect(stats.funnel).toEqual({ prompted: 12, started: 11, changed: 5, merged: 4 });
  expect(stats.firstToken).toEqual({ sessions: 9, p50Ms: 1_000, p95Ms: 59_000 });
  expect(stats.approval).toEqual({ reviewed: 3, approved: 2, rate: 2 / 3 });
  expect(stats.revisions.spread).toEqual([
    { revisions: 0, changes: 4 },
    { revisions: 1, changes: 1 },
    { revisions: 2, changes: 1 },
  ]);
  expect(stats.use).toMatchObject({ people: 3, sessions: 13, merged: 4 });
  expect(stats.cost.usd).toBe(4.683334);
});

test.each(['merged', 'funnel', 'firstToken', 'approval', 'cost', 'use'] as const)(
  '%s is what the archives say by the SQL of the docs',
  async name => {
    expect([(await ask())[name]]).toEqual(recount.rows(name));
  },
);

test('revisions are what the archives say', async () => {
  const { spread, ...rest } = (await ask()).revisions;
  expect([rest]).toEqual(recount.rows('revisions'));
  expect(spread).toEqual(recount.rows('spread'));
});

test.each(['client', 'repo', 'team', 'agent', 'attempt'] as const)(
  'use by %s is what the archives say, in all and over days, weeks and months',
  async (groupBy: StatsGroup) => {
    const by = (sql: string) => sql.replaceAll('by_client', `by_${groupBy}`);
    const stats = await ask({ groupBy });
    expect(stats.groups.length).toBeGreaterThan(0);
    expect(byName(stats.groups)).toEqual(byName(recount.rows('groups', by)));
    const buckets = {
      day: 'date(at)',
      week: "date(at, 'weekday 0', '-6 days')",
      month: "substr(at, 1, 7) || '-01'",
    } as const;
    for (const [every, bucket] of Object.entries(buckets)) {
      const { overTime } = await ask({ groupBy, every: every as keyof typeof buckets });
      const edited = recount.rows('overTime', sql => by(sql).replace('date(at)', bucket));
      expect(byName(overTime)).toEqual(byName(edited));
    }
  },
);

test('attempts made alike are counted together: how many, how many of them were taken and merged, what they used', async () => {
  const { groups } = await ask({ groupBy: 'attempt' });
  expect(groups.filter(({ group }) => group !== null)).toEqual(
    [
      // Each is looked at by a reviewer, whose tokens are its own.
      {
        group: '@tester, m',
        people: 1,
        sessions: 2,
        landed: 1,
        taken: 1,
        merged: 1,
        tokens: 480,
        costUsd: 1,
      },
      { group: 'm', people: 1, sessions: 2, landed: 0, taken: 1, merged: 0, tokens: 480, costUsd: 2 },
    ].map(row => expect.objectContaining({ ...row, prompts: 4, turns: 4 })),
  );
  // The agent that made it has what it came to.
  const byAgent = (await ask({ groupBy: 'agent' })).groups;
  expect(byAgent.find(({ group }) => group === 'tester')).toMatchObject({
    sessions: 2,
    landed: 1,
    merged: 1,
  });
});

test('one repository alone', async () => {
  const { groups } = await ask({ repo: 'api', groupBy: 'repo' });
  expect(groups).toMatchObject([{ group: 'api', prompts: 6 }]);
  expect(await stack.client().http.stats({ repo: 'nowhere' })).toMatchObject({ code: 'repo_unknown' });
});

test('facts that are deleted are had again from logs and archives, the same', async () => {
  const before = await ask({ groupBy: 'repo' });
  await stack.stop();
  for (const end of ['', '-wal', '-shm']) await writeFile(join(stack.dataDir, `stats.sqlite${end}`), '');
  await stack.start();
  expect(await ask({ groupBy: 'repo' })).toEqual(before);
});

test('CSV has the same rows, and no cell that a spreadsheet would run', async () => {
  const get = async (query: string) => {
    const url = `${stack.app().url}/api/stats.csv?from=2026-03-01&to=2026-04-01&${query}`;
    const answer = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
    return { answer, lines: (await answer.text()).trim().split('\r\n') };
  };
  const { answer, lines } = await get('groupBy=repo');
  expect(answer.headers.get('content-disposition')).toBe('attachment; filename="deckhand-use.csv"');
  const { overTime } = await ask({ groupBy: 'repo' });
  expect(lines.slice(1)).toEqual(
    overTime.map(row =>
      [
        ...[row.at, row.group, row.prompts, row.people, row.sessions, row.landed, row.taken],
        ...[row.turns, row.merged, row.tokens, row.costUsd],
      ].join(),
    ),
  );
  const changes = await get('table=changes');
  expect(changes.lines).toHaveLength(1 + 7);
  expect(changes.lines.find(line => line.includes('chg_000004'))).toContain(",'=Eve(),");
  expect((await fetch(`${stack.app().url}/api/stats.csv`)).status).toBe(401);
  expect((await get('from=tomorrow')).answer.status).toBe(400);
});

test.each([
  [{ from: '2026-03-02', to: '2026-03-02' }],
  [{ from: 'yesterday' }],
  [{ groupBy: 'weather' }],
  [{ every: 'hour' }],
])('%o is refused', async query => {
  const answer = await stack.client().http.stats(query as CommandInput<'stats'>);
  expect(answer).toMatchObject({ ok: false, code: 'bad_request' });
});
