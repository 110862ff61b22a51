import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { newRequestId } from '@deckhand/shared/client';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { bash, done, write } from '../emulators/model/index.ts';
import { type GithubStack, openGithubStack } from '../support/githubStack.ts';
import { person, type SignedIn } from '../support/person.ts';
import { inside } from '../support/sandbox.ts';
import { told } from '../support/told.ts';
import { watch } from '../support/watch.ts';

let stack: GithubStack;
let ana: SignedIn;
let ben: SignedIn;

const git = (...args: string[]) =>
  execFileSync('git', ['-C', join(stack.folder, 'acme', 'shop.git'), ...args], { encoding: 'utf8' }).trim();

beforeAll(async () => {
  stack = await openGithubStack(['shop']);
  for (const [login, name] of [
    ['ana', 'Ana Aalto'],
    ['ben', 'Ben Berg'],
    ['cleo', 'Cleo Cruz'],
  ] as const)
    stack.github.person(login, { name, orgs: ['acme'], access: { 'acme/shop': 'write' } });
  [ana, ben] = await Promise.all([
    person(stack.server, stack.github, 'ana'),
    person(stack.server, stack.github, 'ben'),
  ]);
});
afterAll(async () => {
  ana?.close();
  ben?.close();
  await stack?.dispose();
});

test('two people prompt one session: their commits, one pull request of the first, review, repair, merge', async () => {
  const { github, model } = stack;
  model.script('price', [
    { calls: [write('price.txt', 'one\n')] },
    {
      calls: [{ tool: 'open_change', input: { title: 'Show the price', body: 'Prices were missing.' } }],
    },
    done('The price is shown.'),
  ]);
  const created = await ana.client.http['session.create']({
    requestId: newRequestId(),
    repo: 'shop',
    prompt: 'Show the price #price',
  });
  if (!created.ok) throw new Error(created.message);
  const { id } = created.session;
  const session = watch(ana.client, id);
  expect((await session.finished()).data.outcome).toBe('done');
  const opened = await session.event('change.opened');
  expect(opened.data).toMatchObject({ number: 1, title: 'Show the price', author: { name: 'Ana Aalto' } });
  expect(github.pull(1)).toMatchObject({
    author: 'ana',
    base: 'main',
    branch: opened.data.branch,
    draft: false,
  });
  expect(github.pull(1).body).toContain('Prices were missing.');
  expect(github.pull(1).body).toContain(`${stack.server.url}/sessions/${id}`);

  // The second person's follow-up goes to the same pull request, as a commit of theirs.
  model.script('tax', [{ calls: [write('tax.txt', 'two\n')] }, done('Tax is shown.')]);
  const sent = await ben.client.http['prompt.send']({
    sessionId: id,
    requestId: newRequestId(),
    text: 'And the tax #tax',
  });
  expect(sent).toMatchObject({ ok: true });
  expect((await session.finished(2)).data.outcome).toBe('done');
  const format = '%an <%ae> | %cn | %s | %(trailers:key=Deckhand-Session,valueonly,separator=%x20)';
  const log = () => git('log', '--reverse', `--format=${format}`, `main..${opened.data.branch}`).split('\n');
  const [anaId, benId] = [github.person('ana').id, github.person('ben').id];
  expect(log()).toEqual([
    `Ana Aalto <${anaId}+ana@users.noreply.127.0.0.1> | Ana Aalto | Show the price | ${id}`,
    `Ben Berg <${benId}+ben@users.noreply.127.0.0.1> | Ben Berg | And the tax #tax | ${id}`,
  ]);
  expect(github.pulls).toHaveLength(1);

  // A review becomes a prompt of the reviewer, and is answered where it was made.
  model.script('cleo-asked', [
    { calls: [write('price.txt', 'one euro\n')] },
    done('The currency is there now.'),
  ]);
  const reviewed = await github.review(1, 'cleo', {
    state: 'CHANGES_REQUESTED',
    lines: [{ path: 'price.txt', line: 1, body: 'Which currency? #cleo-asked' }],
  });
  expect((await session.finished(3)).data.outcome).toBe('done');
  expect(session.all('prompt.queued').at(-1)?.data).toMatchObject({ author: { name: 'cleo' } });
  expect(session.all('prompt.queued').at(-1)?.data.text).toContain('`price.txt` line 1');
  await told(() => github.lines.find(({ inReplyTo }) => inReplyTo === reviewed.lineIds[0]));
  expect(github.lines.at(-1)).toMatchObject({ by: 'deckhand[bot]' });
  expect(github.lines.at(-1)?.body).toContain('The currency is there now.');

  // A failed check is repaired by itself.
  model.script('repair', [
    { calls: [{ tool: 'read_checks', input: {} }] },
    { calls: [bash('echo fixed > fix.txt')] },
    done('The check is repaired.'),
  ]);
  const { branch } = opened.data;
  await github.check(git('rev-parse', branch), {
    branch,
    name: 'test',
    status: 'completed',
    conclusion: 'failure',
    summary: 'One test failed #repair',
    log: 'expected 1, got 2',
  });
  expect((await session.finished(4)).data.outcome).toBe('done');
  const read = session.all('tool.finished').find(({ data }) => data.output.includes('expected 1, got 2'));
  expect(read?.data.ok).toBe(true);
  expect(git('show', `${branch}:fix.txt`)).toBe('fixed');
  await github.check(git('rev-parse', branch), {
    branch,
    name: 'test',
    status: 'completed',
    conclusion: 'success',
  });
  await github.review(1, 'cleo', { state: 'APPROVED' });
  await session.until(view => (view.head.changes[0]?.reviews?.approved.length ?? 0) > 0, 'the approval');
  await session.until(view => view.head.changes[0]?.checks?.failed === 0, 'the repaired check');

  // Merged: everybody sees it, and work goes on from the base branch.
  const mergeSha = await github.merge(1, 'cleo', 'squash');
  await session.until(view => view.head.changes[0]?.state === 'merged', 'the merge');
  expect(session.all('change.updated').find(({ data }) => data.state === 'merged')?.data).toMatchObject({
    by: 'cleo',
    mergeSha,
  });
  model.script('more', [
    { calls: [bash('cat price.txt; git log --oneline -1'), write('more.txt', 'x\n')] },
    done(),
  ]);
  await ana.client.http['prompt.send']({ sessionId: id, requestId: newRequestId(), text: 'Go on #more' });
  expect((await session.finished(5)).data.outcome).toBe('done');
  const second = await session.event('change.opened', 2);
  expect(second.data).toMatchObject({ number: 2, branch: `deckhand/${id}-2` });
  expect(git('rev-list', '--count', `main..${second.data.branch}`)).toBe('1');

  // No token that there ever was is anywhere in the sandbox.
  // The pattern does not fit the command line that searches.
  const tokens = [...github.minted.map(({ token }) => token), ...github.oauth.issued];
  const pattern = 'gh[sur]_[0-9a-f]\\{32\\}';
  expect(tokens.every(token => /^gh[sur]_[0-9a-f]{32}$/.test(token))).toBe(true);
  const found = await inside(
    id,
    `grep -rl '${pattern}' / --exclude-dir=proc --exclude-dir=sys 2>/dev/null; cat /proc/*/environ /proc/*/cmdline 2>/dev/null | grep -ac '${pattern}'`,
    '0:0',
  );
  expect(found).toBe('0\n');
  for (const token of tokens) {
    expect(JSON.stringify(session.events)).not.toContain(token);
    expect(stack.server.log()).not.toContain(token);
  }
});
