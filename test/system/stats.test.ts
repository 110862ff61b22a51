import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Client } from '@deckhand/shared/client';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { appId } from '../emulators/github/github.ts';
import { done } from '../emulators/model/index.ts';
import { type GithubStack, openGithubStack } from '../support/githubStack.ts';
import { patienceMs } from '../support/patience.ts';
import { person, type SignedIn } from '../support/person.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { modelKey } from '../support/stack.ts';
import { watch } from '../support/watch.ts';

let stack: GithubStack;
let other: TestServer;
let ana: SignedIn;
let ben: SignedIn;

const settings = {
  // No sandbox is needed here.
  DOCKER_HOST: 'unix:///nowhere/docker.sock',
  DECKHAND_PRICES: JSON.stringify({ 'scripted-1': { input: 1, cachedInput: 1, output: 1 } }),
};

let folder: string;
const policy = `budgets:
  person: {tokens: 10000}
  repository: {tokens: 15000}
  team: {tokens: 2000}
  day: {usd: 1}
`;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'deckhand-policy-'));
  await writeFile(join(folder, 'policy.yaml'), policy);
  Object.assign(settings, { DECKHAND_POLICY: join(folder, 'policy.yaml') });
  stack = await openGithubStack(['shop', 'vault'], {
    ...settings,
    DECKHAND_ALLOW_TEAMS: 'acme/core',
  });
  const { github, server, model } = stack;
  // It takes turns as well: whichever is quicker.
  other = await startServer({
    ...settings,
    REDIS_URL: await server.redisUrl(),
    DECKHAND_BLOBS: join(server.dataDir, 'blobs'),
    DECKHAND_REPOS: join(stack.folder, 'repos.json'),
    OPENAI_API_KEY: modelKey,
    OPENAI_BASE_URL: model.url,
    DECKHAND_MODEL: 'scripted-1',
    GITHUB_APP_ID: appId,
    GITHUB_APP_PRIVATE_KEY: github.privateKey,
    GITHUB_API_URL: github.url,
    GITHUB_URL: github.url,
  });
  github.person('ana', {
    orgs: ['acme'],
    teams: ['acme/core'],
    access: { 'acme/shop': 'write', 'acme/vault': 'write' },
  });
  github.person('ben', { orgs: ['acme'], access: { 'acme/shop': 'read' } });
  ana = await person(server, github, 'ana');
  ben = await person(server, github, 'ben');
  model.script('said', [{ ...done(), usage: { input: 1_000, output: 500 } }]);
  await ask(ana, 'vault');
  await ask(ben, 'shop');
});
afterAll(async () => {
  ana?.close();
  ben?.close();
  await other?.dispose();
  await stack?.dispose();
  await rm(folder, { recursive: true, force: true });
});

async function ask(who: SignedIn, repo: string): Promise<void> {
  const created = await who.client.http['session.create']({
    requestId: crypto.randomUUID(),
    repo,
    prompt: 'Say it #said',
    origin: 'web',
  });
  if (!created.ok) throw new Error(created.message);
  const session = watch(who.client, created.session.id);
  expect((await session.finished()).data.outcome).toBe('done');
  session.leave();
}

async function statsOf(client: Client, groupBy: 'client' | 'repo' | 'team') {
  const answer = await client.http.stats({ groupBy });
  if (!answer.ok) throw new Error(answer.message);
  return answer;
}
/** Servers look once a second at most: the number is there by the next look. */
async function promptingNow(client: Client, people: number): Promise<void> {
  for (const endMs = Date.now() + patienceMs; ; await sleep(100)) {
    const answer = await client.http['stats.now']({});
    if (!answer.ok) throw new Error(answer.message);
    if (answer.peoplePrompting === people) return;
    if (Date.now() > endMs) throw new Error(`${answer.peoplePrompting} people prompt, not ${people}`);
  }
}

test('everybody counts what they may read, and nothing else', async () => {
  const [ofAna, ofBen] = [await statsOf(ana.client, 'repo'), await statsOf(ben.client, 'repo')];
  expect(ofAna.groups.map(({ group, prompts }) => [group, prompts])).toEqual([
    ['shop', 1],
    ['vault', 1],
  ]);
  expect(ofAna).toMatchObject({ funnel: { prompted: 2, started: 2 }, cost: { usd: 0.003, turns: 2 } });
  expect(ofBen.groups.map(({ group }) => group)).toEqual(['shop']);
  expect(ofBen).toMatchObject({ funnel: { prompted: 1 }, use: { people: 1 }, cost: { usd: 0.0015 } });
  expect(JSON.stringify(ofBen)).not.toContain('vault');
  for (const table of ['use', 'changes']) {
    const csv = await ben.browser.visit(`${stack.server.url}/api/stats.csv?groupBy=repo&table=${table}`);
    expect(await csv.text()).not.toContain('vault');
  }
});

test('budgets of today: everybody sees their own and those of what they may read, admins all of them', async () => {
  const seen = async (client: Client) => {
    const answer = await client.http['budget.today']({});
    if (!answer.ok) throw new Error(answer.message);
    return answer.budgets.map(({ of, whose = '', used }) => `${of} ${whose} ${used}`.replace('  ', ' '));
  };
  const ofBoth = ['repository shop 1500', 'day 0.003'];
  // Who is in no team counts by organisation.
  const ofBen = ['team acme 1500', 'person ben 1500', ...ofBoth];
  expect(await seen(ben.client)).toEqual(ofBen);
  const ofAna = ['team acme/core 1500', 'person ana 1500', ...ofBoth, 'repository vault 1500'];
  expect((await seen(ana.client)).toSorted()).toEqual(ofAna.toSorted());
  // Those nearest to their end come first.
  expect((await seen(ana.client))[0]).toBe('team acme/core 1500');
  expect((await seen(stack.client)).toSorted()).toEqual([...ofAna, ...ofBen.slice(0, 2)].toSorted());
});

test('people prompting now are the same on every server, of what each may read', async () => {
  await promptingNow(ana.client, 2);
  await promptingNow(ben.client, 1);
  await promptingNow(other.client(), 2);
});

test('teams are known from signing in; who is in none counts by organisation', async () => {
  const { groups } = await statsOf(ana.client, 'team');
  expect(groups.map(({ group, people, sessions }) => [group, people, sessions])).toEqual([
    ['acme', 1, 1],
    ['acme/core', 1, 1],
  ]);
  // A server that knows of no lists knows who signed in all the same.
  expect((await statsOf(other.client(), 'team')).groups).toEqual(groups);
});

test('lines are counted behind; by whom stands in the answer that comes next', async () => {
  for (;;) {
    const { lines } = await statsOf(ben.client, 'repo');
    expect(lines.map(({ repo }) => repo)).toEqual(['local', 'shop']);
    const shop = lines.find(({ repo }) => repo === 'shop');
    if (shop?.state !== 'counted') {
      await sleep(50);
      continue;
    }
    expect(shop.counted).toMatchObject({ lines: 1, deckhandLines: 0, share: 0, files: 1, sampled: false });
    break;
  }
});

test('the CLI prints the numbers, their JSON and their CSV', async () => {
  const cli = fileURLToPath(new URL('../../server/cli/main.ts', import.meta.url));
  const run = async (...args: string[]) => {
    const env = { ...process.env, NODE_OPTIONS: '', DECKHAND_DATA: stack.server.dataDir };
    return (await promisify(execFile)(process.execPath, [cli, ...args], { env })).stdout;
  };
  const text = await run('stats', '--by', 'repo');
  expect(text).toMatch(/Merged sessions +0/);
  expect(text).toMatch(/Sessions +2 prompted, 2 started, 0 with a change, 0 merged/);
  expect(text).toMatch(/People prompting now +2/);
  expect(text).toMatch(/Cost +under \$0\.01/);
  expect(text).toMatch(/vault +1 prompt/);
  expect(JSON.parse(await run('stats', '--json'))).toMatchObject({ groupBy: 'client', use: { prompts: 2 } });
  expect(await run('stats', '--csv', '--by', 'repo')).toMatch(
    /^at,group,prompts.*\r\n.*,shop,1,1,1,0,0,1,0,1500,0\.0015/,
  );
  await expect(run('stats', '--from', 'yesterday')).rejects.toThrow(/from: /);
});
