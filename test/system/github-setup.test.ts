import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { CheckLine } from '@deckhand/shared';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { appId, type GithubEmulator, startGithub } from '../emulators/github/github.ts';
import { clientId, clientSecret } from '../emulators/github/oauth.ts';
import { gate } from '../emulators/model/index.ts';
import { type PlainBrowser, placeOf, plainBrowser, signInThrough } from '../support/person.ts';
import { redisOf } from '../support/redis.ts';
import { openStack, type Stack } from '../support/stack.ts';

let folder: string;
let github: GithubEmulator;
let stack: Stack;
let admin: PlainBrowser;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'deckhand-setup-'));
  github = await startGithub(folder, ['acme/shop']);
  const repos = ['shop', 'vault'].map(id => ({ id, url: `${github.url}/acme/${id}.git` }));
  writeFileSync(join(folder, 'repos.json'), JSON.stringify({ repos }));
  stack = await openStack({
    // No sandbox is needed here.
    DOCKER_HOST: 'unix:///nowhere/docker.sock',
    GITHUB_API_URL: github.url,
    GITHUB_URL: github.url,
    DECKHAND_ADMINS: 'ana',
  });
  admin = plainBrowser(stack.server);
  await admin.visit(stack.server.signInLink);
});
afterAll(async () => {
  await stack?.dispose();
  await github?.close();
  rmSync(folder, { recursive: true, force: true });
});

const setupUrl = () => `${stack.server.url}/setup/github`;
const unescaped = (text: string) =>
  text.replaceAll(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)));

/** The form that goes to GitHub, as it stands on the page. */
async function formOn(browser: PlainBrowser, query = '') {
  const page = await browser.visit(setupUrl() + query);
  const text = await page.text();
  const action = unescaped(/<form method="post" action="([^"]+)"/.exec(text)?.[1] ?? '');
  const manifest = unescaped(/name="manifest" value="([^"]+)"/.exec(text)?.[1] ?? '');
  return { page, text, action, manifest };
}
/** Says yes at GitHub's page; answers where it sends the browser. */
async function create({ action, manifest }: { action: string; manifest: string }): Promise<string> {
  const answer = await fetch(action, {
    method: 'POST',
    body: new URLSearchParams({ manifest }),
    redirect: 'manual',
  });
  return placeOf(answer);
}
async function signInOffered(): Promise<boolean> {
  const answer = await fetch(`${stack.server.url}/auth`).catch(() => null);
  return answer?.ok === true && ((await answer.json()) as { github: boolean }).github;
}
async function check(): Promise<{ code: number; out: string; lines: Map<string, CheckLine> }> {
  const cli = fileURLToPath(new URL('../../server/cli/main.ts', import.meta.url));
  const env = { ...process.env, NODE_OPTIONS: '', NO_COLOR: '1', DECKHAND_DATA: stack.server.dataDir };
  const run = async (...args: string[]) =>
    promisify(execFile)(process.execPath, [cli, 'github', 'check', ...args], { env }).then(
      ({ stdout }) => ({ code: 0, out: stdout }),
      (error: { code: number; stdout: string }) => ({ code: error.code, out: error.stdout }),
    );
  const [{ code, out }, json] = [await run(), await run('--json')];
  const { lines } = JSON.parse(json.out) as { lines: CheckLine[] };
  return { code, out, lines: new Map(lines.map(line => [line.name, line])) };
}

test('without an App the check says so, and where one is made', async () => {
  const { code, out } = await check();
  expect(code).toBe(1);
  expect(out).toContain(
    `missing  App: No GitHub App is configured.\n         Open ${setupUrl()} as an admin`,
  );
  expect(out).toMatch(/missing {2}Sign-in: Nobody can sign in/);
  expect(out).toMatch(/advised {2}Public address: GitHub cannot send webhooks to http:\/\/127/);
});

test('only an admin sees the page, and only who began finishes', async () => {
  const nobody = plainBrowser(stack.server);
  expect((await nobody.visit(setupUrl())).status).toBe(401);
  const form = await formOn(admin);
  const back = await create(form);
  expect((await nobody.visit(back)).status).toBe(401);
  const forged = new URL(back);
  forged.searchParams.set('state', 'of-somebody-else');
  const kept = new Map(admin.cookies);
  expect((await admin.visit(forged.href)).status).toBe(400);
  // Another admin's browser, lured to that address.
  const other = plainBrowser(stack.server);
  const link = await stack.client.http['link.create']({});
  await other.visit(link.ok ? link.url : '');
  expect((await other.visit(back)).status).toBe(400);
  expect(await signInOffered()).toBe(false);
  for (const [name, value] of kept) admin.cookies.set(name, value);
});

test('the page asks for the least there is, at the owner that is chosen, and lets its form go to GitHub alone', async () => {
  const { page, text, action, manifest } = await formOn(admin, '?organisation=acme');
  expect(action).toMatch(
    new RegExp(`^${github.url}/organizations/acme/settings/apps/new\\?state=[\\w-]{40,}$`),
  );
  expect(page.headers.get('content-security-policy')).toMatch(
    new RegExp(`form-action 'self' ${github.url}$`),
  );
  const asked = JSON.parse(manifest) as Record<string, unknown>;
  expect(asked).toMatchObject({
    public: false,
    redirect_url: `${setupUrl()}/callback`,
    callback_urls: [`${stack.server.url}/auth/github/callback`],
    default_permissions: {
      contents: 'write',
      pull_requests: 'write',
      checks: 'write',
      issues: 'write',
      statuses: 'read',
      actions: 'read',
      metadata: 'read',
      members: 'read',
    },
  });
  // GitHub would refuse a webhook to this machine.
  expect(asked).not.toHaveProperty('hook_attributes');
  expect(text).toContain('GitHub cannot reach');
  const odd = await formOn(admin, `?organisation=${encodeURIComponent('"><script>')}`);
  expect(odd.text).not.toContain('<script>');
  expect(odd.action).toContain(`${github.url}/settings/apps/new`);
});

test('the App goes into service while a turn runs, without a word of it in the environment', async () => {
  const hold = gate();
  stack.model.script('held', [{ say: ['Half ', hold.wait, 'whole.'] }]);
  const repo = 'sample';
  const session = await stack.ask('Say it #held', { repo });
  await session.until(view => view.drafts.some(draft => draft.text === 'Half '), 'the first word');

  const back = await create(await formOn(admin));
  const finished = await admin.visit(back);
  const text = await finished.text();
  expect([finished.status, text]).toEqual([200, expect.stringContaining('Deckhand test is set up')]);
  expect(text).toContain('https://github.test/apps/deckhand-test/installations/new');
  while (!(await signInOffered())) await sleep(50);
  hold.open();
  expect((await session.finished()).data.outcome).toBe('done');

  github.person('ana');
  const ana = plainBrowser(stack.server);
  const signedIn = await signInThrough(ana, stack.server, { login: 'ana' });
  expect(signedIn.status).toBe(303);
  // A code works once, and so does what the browser brought.
  expect((await admin.visit(back)).status).toBe(400);
});

test('its keys are kept encrypted, are in no log, and are there after a restart', async () => {
  const redis = await redisOf(stack.server);
  const kept = (await redis.get('dh:github-app')) ?? '';
  redis.disconnect();
  expect(kept.length).toBeGreaterThan(1_000);
  for (const secret of [clientSecret, 'PRIVATE KEY', github.privateKey.slice(100, 140)])
    for (const place of [kept, stack.server.log()]) expect(place).not.toContain(secret);
  await stack.server.stop();
  await stack.server.restart();
  expect(await signInOffered()).toBe(true);
  expect((await formOn(admin)).text).toContain('Deckhand test</a> is in service');
});

test('the check says what GitHub says: rights, events, installations, repositories, the clock', async () => {
  await stack.server.stop();
  await stack.server.restart({ DECKHAND_REPOS: join(folder, 'repos.json') });
  const { apps } = github;
  const permissions = { ...apps.app.permissions };
  apps.app.permissions = { ...permissions, checks: 'read' };
  apps.installations.push(
    { id: 7, login: 'acme', permissions, suspended: false },
    { id: 8, login: 'other', permissions, suspended: true },
    { id: 9, login: 'late', permissions: { ...permissions, issues: 'read' }, suspended: false },
  );
  apps.aheadMs = 120_000;
  const { code, out, lines } = await check();
  expect(code).toBe(1);
  expect(out).toMatch(/^ok {7}App: Deckhand test \(4242\)$/m);
  expect(lines.get('Permissions')).toMatchObject({ state: 'missing', text: 'Wanting: checks: write.' });
  // Without webhooks nothing is needed of them.
  expect(lines.get('Events')).toMatchObject({
    state: 'advised',
    text: expect.stringContaining('pull request review'),
  });
  expect(lines.get('Webhook')).toMatchObject({ state: 'advised', text: 'The App has none.' });
  expect(lines.get('Installation acme')?.state).toBe('ok');
  expect(lines.get('Installation other')).toMatchObject({ state: 'missing', text: 'Suspended.' });
  expect(lines.get('Installation late')?.text).toBe('Not accepted there yet: issues: write.');
  expect(lines.get('Repositories')?.text).toBe('Not covered: acme/vault.');
  expect(lines.get('Clock')?.text).toMatch(/^This machine is 1(19|20|21) s behind GitHub\.$/);
  expect(lines.get('Sign-in')?.state).toBe('advised');
});

test('with all that is needed the check ends well', async () => {
  const { apps } = github;
  apps.aheadMs = 0;
  apps.app.permissions = { ...apps.app.permissions, checks: 'write' };
  apps.installations.splice(1);
  writeFileSync(
    join(folder, 'repos.json'),
    JSON.stringify({ repos: [{ id: 'shop', url: `${github.url}/acme/shop.git` }] }),
  );
  await stack.server.stop();
  await stack.server.restart();
  const { code, lines } = await check();
  expect([...lines.values()].filter(({ state }) => state === 'missing')).toEqual([]);
  expect(code).toBe(0);
  expect(lines.get('Repositories')).toMatchObject({ state: 'ok', text: '1 covered.' });
});

test('what the environment says counts: another App hides the one that was made', async () => {
  await stack.server.stop();
  await stack.server.restart({
    GITHUB_APP_ID: '1',
    GITHUB_APP_PRIVATE_KEY: github.privateKey,
    GITHUB_CLIENT_ID: clientId,
    GITHUB_CLIENT_SECRET: clientSecret,
  });
  const { code, lines } = await check();
  expect(code).toBe(1);
  expect(lines.get('App')?.text).toBe('GitHub refuses the key of App 1 (401).');
  expect((await formOn(admin)).text).toContain('App 1 is in service: the environment names it');
  expect(appId).not.toBe('1');
});
