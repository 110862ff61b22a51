import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { EgressLine } from '@deckhand/shared';
import { egressPath } from '@deckhand/shared/client';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Company, type Registry, registryDomain, startCompany } from '../emulators/company.ts';
import { bash, done, gate } from '../emulators/model/index.ts';
import { egressTold } from '../support/egressTold.ts';
import { buildLog, imageOf } from '../support/estate.ts';
import { readLog } from '../support/invariants.ts';
import { createRepo, type TestRepo } from '../support/repo.ts';
import { openStack, type Stack } from '../support/stack.ts';
import type { Watch } from '../support/watch.ts';
import { openBrowser, type TestBrowser } from '../web/browser.ts';
import { press, reads } from '../web/look.ts';

/** A closed network with an allow-list, people who open it, and secrets that only the proxy has. */
let company: Company;
let repo: TestRepo;
let built: TestRepo;
let stack: Stack;
let dir: string;
let browser: TestBrowser;
const keys: string[] = [];
const api = `api.${registryDomain}`;
const other = `other.${registryDomain}`;
const value = 'proxied-5e1c7a90b2-secret';
const bin = join(fileURLToPath(new URL('../..', import.meta.url)), 'server/cli/deckhand.mjs');

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'deckhand-egress-'));
  const echo = (_: string, { headers }: { headers: { authorization?: string | undefined } }) => {
    keys.push(headers.authorization ?? '');
    return { body: `here with ${headers.authorization}\n` };
  };
  company = await startCompany({
    ...{ api: echo, other: echo, pip: echo, evil: echo, mirror: echo },
    npm: await npmOf('tiny', `module.exports = 'tiny is here';\n`),
  });
  repo = await createRepo('shop', {
    '.deckhand/policy.yaml': `egress:\n  default: allow\n  deny: [evil.${registryDomain}]\n`,
  });
  const curl = (host: string) => `curl -sS -k -m 10 https://${host}.${registryDomain}/`;
  const npm = `npm install --no-audit --no-fund --strict-ssl=false --registry https://npm.${registryDomain}/ tiny`;
  built = await createRepo('built', {
    '.gitignore': 'node_modules/\n',
    'package.json': '{"name":"built","private":true}\n',
    '.deckhand/environment.json': JSON.stringify({
      install: `${npm} && cat node_modules/tiny/index.js; ${curl('mirror')}; ${curl('pip')}; true`,
    }),
    '.deckhand/policy.yaml': `egress:\n  default: allow\n  deny: [pip.${registryDomain}]\n`,
  });
  const repos = [repo, built].map(({ id, url }) => ({ id, url }));
  await writeFile(join(dir, 'repos.json'), JSON.stringify({ repos }));
  await writeFile(join(dir, 'authorities.pem'), company.certificate);
  await writeFile(
    join(dir, 'policy.yaml'),
    `egress:
  default: deny
  allow: [registries, evil.${registryDomain}]
  phases:
    build: {allow: [npm.${registryDomain}, pip.${registryDomain}]}
`,
  );
  stack = await openStack({
    DECKHAND_REPOS: join(dir, 'repos.json'),
    DECKHAND_POLICY: join(dir, 'policy.yaml'),
    DECKHAND_EGRESS_AUTHORITIES: join(dir, 'authorities.pem'),
    DECKHAND_EGRESS_UPSTREAM_NAMES: `.${registryDomain}`,
    HTTPS_PROXY: company.proxy,
    NO_PROXY: '127.0.0.1,localhost',
  });
  browser = await openBrowser();
});
afterAll(async () => {
  await browser?.close();
  await stack?.dispose();
  await repo?.remove();
  await built?.remove();
  await company?.close();
  if (dir) await rm(dir, { recursive: true });
});

/** A registry of npm's that has one package. */
async function npmOf(name: string, code: string): Promise<Registry> {
  const folder = join(dir, name);
  await mkdir(join(folder, 'package'), { recursive: true });
  const manifest = { name, version: '1.0.0', main: 'index.js' };
  await writeFile(join(folder, 'package/package.json'), JSON.stringify(manifest));
  await writeFile(join(folder, 'package/index.js'), code);
  await promisify(execFile)('tar', ['-czf', 'packed.tgz', 'package'], { cwd: folder });
  const tarball = `https://npm.${registryDomain}/${name}/-/${name}-1.0.0.tgz`;
  const versions = { '1.0.0': { ...manifest, dist: { tarball } } };
  const packed = await readFile(join(folder, 'packed.tgz'));
  const known = { name, 'dist-tags': { latest: '1.0.0' }, versions };
  return path => {
    if (path === `/${name}`) return { body: JSON.stringify(known), type: 'application/json' };
    return path.endsWith('.tgz') ? { body: packed } : null;
  };
}

const fetchOf = (host: string) => bash(`curl -sS -k -m 10 https://${host}/ 2>&1; true`);
const outputs = (session: Watch) => session.all('tool.finished').map(({ data }) => data.output);
const answer = ({ sessionId }: Watch, approvalId: string, approve: boolean, extent?: 'once' | 'session') =>
  stack.client.http['approval.answer']({ sessionId, approvalId, approve, ...(extent ? { extent } : {}) });

test('while an image is built its own list counts: a package comes from the registry that it names, and nothing from elsewhere, nor from what the repository denies', async () => {
  expect(await stack.client.http['repo.refresh']({ repo: 'built' })).toMatchObject({ ok: true });
  const ready = await imageOf(stack.client, 'built', image => image.build?.state === 'built');
  const log = await buildLog(stack.client, 'built', ready.build?.buildId ?? '');
  expect(log).toContain("module.exports = 'tiny is here'");
  expect(log.match(/CONNECT tunnel failed, response 403|HTTP code 403/g)).toHaveLength(2);
  const reached = company.asked.filter(path => /^(npm|mirror|pip)\./.test(path));
  expect(new Set(reached)).toEqual(
    new Set([`npm.${registryDomain}/tiny`, `npm.${registryDomain}/tiny/-/tiny-1.0.0.tgz`]),
  );
  // What the build may reach a session may not.
  stack.model.script('later', [
    { calls: [fetchOf(`npm.${registryDomain}`), bash('node -p \'require("tiny")\'')] },
    done(),
  ]);
  const session = await stack.ask('Reach it #later', { repo: 'built' });
  await session.finished();
  const [refused, has] = outputs(session);
  expect(refused).toMatch(/403/);
  expect(has).toContain('tiny is here');
});

test('a blocked host is asked for, opens with a yes, closes when it is withdrawn; all of it stands in the log', async () => {
  const [granted, withdrawn] = [gate(), gate()];
  stack.model.script('reach', [
    { calls: [fetchOf(other)] },
    { say: ['I ask', granted.wait], calls: [fetchOf(other)] },
    { say: ['Again', withdrawn.wait], calls: [fetchOf(other), fetchOf(`evil.${registryDomain}`)] },
    done(),
  ]);
  const session = await stack.ask('Reach it #reach', { repo: 'shop' });
  const asked = (await session.event('approval.requested')).data;
  expect(asked).toMatchObject({
    text: `Blocked: ${other}. Allow for this session?`,
    kind: 'grant',
    what: { action: other },
    extents: ['once', 'session', 'repository'],
  });
  expect(await answer(session, asked.approvalId, true, 'session')).toMatchObject({ ok: true });
  const given = (await session.event('grant.given')).data;
  expect(given).toMatchObject({ scope: 'network:external', value: other, for: 'session' });
  await told(session, `${other} may be reached`);
  granted.open();
  await session.event('tool.finished', 2);
  const { sessionId } = session;
  const page = await browser.signedIn(stack.server, `/sessions/${sessionId}`);
  await reads(page, 'network', `Blocked ${other}`);
  await reads(page, 'network', `Reached ${other}`);
  await reads(page, 'grant', other);
  await press(page, 'withdraw');
  expect((await session.event('grant.withdrawn')).data.grantId).toBe(given.grantId);
  await told(session, `${other} may not be reached`);
  withdrawn.open();
  await session.finished();
  const [refused, reached, closed, denied] = outputs(session);
  expect(refused).toMatch(/403/);
  expect(reached).toContain('here with undefined');
  expect(closed).toMatch(/403/);
  expect(denied).toMatch(/403/);
  // What the repository's own file denies is not asked for; what was withdrawn is, once more.
  const approvals = session.all('approval.requested').map(({ data }) => data.what?.action);
  expect([...new Set(approvals)]).toEqual([other]);
  // The agent was told, in what it reads.
  const read = stack.model
    .askings('reach')
    .flatMap(({ messages }) => messages.map(({ text }) => text))
    .join('\n');
  expect(read).toContain(`[Deckhand] ${other} may be reached from the sandbox now`);
  expect(read).toContain(`${other} may not be reached from the sandbox any more`);

  const log = await stack.client.text(egressPath(sessionId));
  if (!log.ok) throw new Error(log.message);
  const lines = log.text
    .split('\n')
    .filter(Boolean)
    .map(line => EgressLine.parse(JSON.parse(line)));
  expect(lines).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ host: other, outcome: 'refused' }),
      expect.objectContaining({ host: other, outcome: 'allowed' }),
      expect.objectContaining({ host: `evil.${registryDomain}`, outcome: 'refused' }),
    ]),
  );
  const events = session.all('egress.noted').map(({ data }) => [data.host, data.outcome, data.count]);
  expect(events).toEqual(
    expect.arrayContaining([
      [other, 'refused', 1],
      [other, 'allowed', 1],
    ]),
  );
  expect(events.length).toBeLessThanOrEqual(4);
  const env = { ...process.env, NODE_OPTIONS: '', NO_COLOR: '1', DECKHAND_DATA: stack.server.dataDir };
  const { stdout } = await promisify(execFile)(process.execPath, [bin, 'egress', sessionId], { env });
  expect(stdout).toMatch(new RegExp(`refused {2}${other}`));
});

const told = ({ sessionId }: Watch, text: string) => egressTold(stack.server, sessionId, text);

test('a flood of blocked hosts asks for a few, and a no is kept to', async () => {
  const flood = `for i in $(seq 40); do curl -sS -m 5 -o /dev/null https://h$i.${registryDomain}/ 2>/dev/null; done; true`;
  const answered = gate();
  stack.model.script('flood', [
    { calls: [bash(flood)] },
    { say: ['Wait', answered.wait], calls: [bash(flood)] },
    done(),
  ]);
  const session = await stack.ask('Flood it #flood', { repo: 'shop' });
  await session.event('tool.finished');
  await session.event('approval.requested', 3);
  for (const { data } of session.all('approval.requested'))
    expect(await answer(session, data.approvalId, false)).toMatchObject({ ok: true });
  answered.open();
  await session.finished();
  const all = session.all('approval.requested').map(({ data }) => data.what?.action);
  expect(new Set(all).size).toBe(all.length);
  // How many a flood gets to ask depends on when each no comes; three at once, and twenty in all, are the most.
  let open = 0;
  for (const { type } of await readLog(stack.client, session.sessionId)) {
    if (type === 'approval.requested') open += 1;
    else if (type === 'approval.resolved') open -= 1;
    expect(open).toBeLessThanOrEqual(3);
  }
  expect(all.length).toBeLessThanOrEqual(20);
});

test('a secret for the proxy is never inside: a command uses it, the log says so, and nothing holds its value', async () => {
  const set = (name: string, proxy: object) =>
    stack.client.http['secret.set']({
      repo: 'shop',
      name,
      phase: 'run',
      value,
      proxy: { hosts: [`*.${registryDomain}`], ...proxy } as never,
    });
  expect((await set('API_TOKEN', { hosts: [api] })).ok).toBe(true);
  expect(
    (
      await set('PIP_TOKEN', {
        hosts: [`pip.${registryDomain}`],
        as: 'basic',
        username: '__token__',
        ask: true,
      })
    ).ok,
  ).toBe(true);
  expect(await set('BAD', { hosts: ['*'] })).toMatchObject({ ok: false, code: 'bad_request' });
  keys.splice(0);
  const allowed = gate();
  const pip = bash(`curl -sS -m 10 https://pip.${registryDomain}/simple/`);
  stack.model.script('secret', [
    {
      calls: [bash(`env | grep TOKEN; curl -sS -m 10 -H "Authorization: Bearer $API_TOKEN" https://${api}/`)],
    },
    { calls: [pip] },
    { say: ['Asked', allowed.wait], calls: [pip] },
    done(),
  ]);
  const session = await stack.ask('Use it #secret', { repo: 'shop' });
  const asked = (await session.event('approval.requested')).data;
  expect(asked).toMatchObject({ kind: 'grant', what: { action: 'PIP_TOKEN' } });
  expect(await answer(session, asked.approvalId, true)).toMatchObject({ ok: true });
  expect((await session.event('grant.given')).data.expiresAt).toBeDefined();
  await told(session, 'PIP_TOKEN may be used now');
  allowed.open();
  await session.finished();
  const [used, waits, pulled] = outputs(session);
  expect(used).toMatch(/API_TOKEN=dhsentinel[0-9a-f]{40}\n/);
  expect(used).toMatch(/here with Bearer dhsentinel/);
  expect(waits).toMatch(/the secret PIP_TOKEN may not be used until somebody says yes/);
  // Its middle, in base64 behind a name, is the sentinel again.
  expect(pulled).toMatch(/here with Basic \S{0,20}dhsentinel/);
  expect(keys).toEqual([`Bearer ${value}`, `Basic ${Buffer.from(`__token__:${value}`).toString('base64')}`]);
  const noted = session.all('egress.noted').map(({ data }) => data);
  expect(noted).toContainEqual(expect.objectContaining({ host: api, secrets: ['API_TOKEN'] }));
  expect(JSON.stringify(await readLog(stack.client, session.sessionId))).not.toContain(value);
  expect(stack.server.log()).not.toContain(value);
});
