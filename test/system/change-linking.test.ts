import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { bash, done, write } from '../emulators/model/index.ts';
import { type GithubStack, openGithubStack } from '../support/githubStack.ts';
import { person } from '../support/person.ts';
import { told } from '../support/told.ts';

let stack: GithubStack;
afterAll(() => stack?.dispose());

const acting = (login: string) => ({
  onBehalfOf: { provider: 'github', id: String(stack.github.person(login).id), name: login },
});

beforeAll(async () => {
  stack = await openGithubStack(['shop']);
  for (const login of ['ana', 'ben', 'cleo'])
    stack.github.person(login, { name: login, orgs: ['acme'], access: { 'acme/shop': 'write' } });
});

test('who has not linked GitHub: the change waits, says for what, and opens as theirs when they link', async () => {
  stack.model.script('wait', [{ calls: [write('wait.txt', 'w\n')] }, done()]);
  const session = await stack.ask('Do it #wait', { repo: 'shop', ...acting('ana') });
  expect((await session.finished()).data.outcome).toBe('done');
  const change = await session.event('change.opened');
  expect(change.data.waits).toContain('links GitHub');
  expect(change.data.waits).toContain(`${stack.server.url}/auth/github`);
  expect(session.view().head.changes[0]).toMatchObject({ state: 'waiting' });
  expect(stack.github.pulls.filter(({ branch }) => branch === change.data.branch)).toEqual([]);

  // A follow-up goes to the same branch, and still waits.
  stack.model.script('wait-more', [{ calls: [write('more.txt', 'm\n')] }, done()]);
  await stack.send(session.sessionId, 'More #wait-more', acting('ana'));
  await session.finished(2);
  expect(session.all('change.opened')).toHaveLength(1);

  const ana = await person(stack.server, stack.github, 'ana');
  const view = await session.until(({ head }) => head.changes[0]?.state === 'open', 'the pull request');
  expect(view.head.changes[0]).toMatchObject({ number: expect.any(Number) });
  expect(view.head.changes[0]?.waits).toBeUndefined();
  expect(stack.github.pull(view.head.changes[0]?.number ?? 0)).toMatchObject({ author: 'ana' });
  ana.close();
});

test('a person who stopped half-way is a co-author of the commit that their work is in', async () => {
  const ben = await person(stack.server, stack.github, 'ben');
  const cleo = await person(stack.server, stack.github, 'cleo');
  stack.model.script('half', [{ calls: [write('half.txt', 'h\n'), bash('sleep 1042')] }]);
  const session = await ben.ask('Half of it #half', 'shop');
  // The file is written; the command after it is cut short.
  await session.event('tool.finished');
  await ben.client.http['turn.stop']({ sessionId: session.sessionId });
  expect((await session.finished()).data.outcome).toBe('stopped');
  stack.model.script('rest', [{ calls: [write('rest.txt', 'r\n')] }, done()]);
  await cleo.send(session.sessionId, 'The rest #rest');
  expect((await session.finished(2)).data.outcome).toBe('done');
  const { data } = await session.event('change.opened');
  const message = stack.git(
    'shop',
    'log',
    '-1',
    '--format=%an|%(trailers:key=Co-authored-by,valueonly)',
    data.branch,
  );
  expect(message).toMatch(/^cleo\|ben <\d+\+ben@users\.noreply\.127\.0\.0\.1>$/m);
  ben.close();
  cleo.close();
});

test('what webhooks missed is found by looking', async () => {
  await stack.server.stop();
  await stack.server.restart({ DECKHAND_CHANGES_EVERY_MS: '300' });
  const ana = await person(stack.server, stack.github, 'ana');
  stack.model.script('missed', [{ calls: [write('missed.txt', 'm\n')] }, done()]);
  const session = await ana.ask('Do it #missed', 'shop');
  await session.finished();
  const { data } = await session.event('change.opened');
  stack.github.hooks.to(null);
  await stack.github.merge(data.number ?? 0, 'cleo');
  // Changes are looked at once in minutes; this one is due at once.
  await stack.due(session.sessionId);
  await session.until(({ head }) => head.changes[0]?.state === 'merged', 'the merge');
  stack.github.hooks.to(stack.server.url);
  ana.close();
});

test('where the App opens drafts, a check holds them until somebody who did not ask approved', async () => {
  await stack.server.stop();
  await stack.server.restart({ DECKHAND_APP_DRAFTS: '1' });
  // Somebody in Slack, of whom GitHub knows nothing yet: they may be any of those who approve.
  const dora = { onBehalfOf: { provider: 'slack', id: 'T1/U9', name: 'Dora' } };
  stack.github.person('dora', { name: 'dora', orgs: ['acme'], access: { 'acme/shop': 'write' } });
  stack.model.script('draft', [{ calls: [write('draft.txt', 'd\n')] }, done()]);
  const session = await stack.ask('Do it #draft', { repo: 'shop', ...dora });
  expect((await session.finished()).data.outcome).toBe('done');
  const { data } = await session.event('change.opened');
  const number = data.number ?? 0;
  expect(stack.github.pull(number)).toMatchObject({ author: 'deckhand[bot]', draft: true });
  const sha = () => stack.git('shop', 'rev-parse', data.branch);
  const approval = () =>
    stack.github.checks.filter(check => check.app === 'deckhand' && check.sha === sha()).at(-1);
  await told(() => approval());
  expect(approval()).toMatchObject({ conclusion: 'action_required' });
  await stack.github.review(number, 'dora', { state: 'APPROVED' });
  await session.until(({ head }) => head.changes[0]?.reviews?.approved.includes('dora') ?? false, 'a review');
  expect(approval()).toMatchObject({ conclusion: 'action_required' });
  await stack.github.review(number, 'cleo', { state: 'APPROVED' });
  await told(() => (approval()?.conclusion === 'success' ? true : undefined));
});

test('with a key the server signs each commit; the sandbox stands on the signed ones, and never sees the key', async () => {
  const key = join(stack.folder, 'signing-key');
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
  const signers = join(stack.folder, 'signers');
  writeFileSync(signers, `* ${readFileSync(`${key}.pub`, 'utf8')}`);
  await stack.server.stop();
  await stack.server.restart({ DECKHAND_SIGNING_KEY: key });
  const ana = await person(stack.server, stack.github, 'ana');
  stack.model.script('sign', [{ calls: [write('signed.txt', 's\n')] }, done()]);
  const session = await ana.ask('Do it #sign', 'shop');
  expect((await session.finished()).data.outcome).toBe('done');
  const { branch } = (await session.event('change.opened')).data;
  stack.model.script('sign-more', [
    { calls: [bash('git log -1 --format=%H'), write('more-signed.txt', 's\n')] },
    done(),
  ]);
  const first = stack.git('shop', 'rev-parse', branch);
  await ana.send(session.sessionId, 'More #sign-more');
  expect((await session.finished(2)).data.outcome).toBe('done');
  expect(session.all('tool.finished').find(({ data }) => data.output.trim() === first)).toBeDefined();
  const shown = stack.git(
    'shop',
    '-c',
    `gpg.ssh.allowedSignersFile=${signers}`,
    'log',
    '--format=%G? %an',
    `main..${branch}`,
  );
  expect(shown).toBe('G ana\nG ana');
});
