import { execFile } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { bash, done, type Message, type Step } from '../emulators/model/index.ts';
import { createRepo, type TestRepo } from '../support/repo.ts';
import { openStack, type Stack } from '../support/stack.ts';

const run = promisify(execFile);

let repo: TestRepo;
let stack: Stack;
beforeAll(async () => {
  repo = await createRepo('shop', {
    'README.md': 'Shop\n',
    'a.txt': 'a\n',
    'CONTRIBUTING.md': 'Sign your commits off: `git commit -s`.\n',
  });
  await repo.git('tag', 'v1', 'main');
  stack = await openStack({ DECKHAND_REPOS: repo.reposFile });
});
afterAll(async () => {
  await stack.dispose();
  await repo.remove();
});

const commands = (command: string): Step => ({ calls: [bash(command)] });

/** A session whose model does `first`, then says done; told why that may not leave, it does `then`. */
async function afterRemark(name: string, first: string, then: string) {
  const told: string[] = [];
  stack.model.script(name, ({ answers, messages }: { answers: number; messages: Message[] }) => {
    const last = messages.at(-1);
    if (last?.role === 'user' && last.text.includes('[Deckhand]')) {
      told.push(last.text);
      return commands(then);
    }
    return answers === 0 ? commands(first) : done();
  });
  const session = await stack.ask(`Go #${name}`, { repo: 'shop' });
  const end = await session.finished();
  const pushed = session.all('change.opened').at(-1)?.data.branch;
  return { session, told, end, pushed };
}

/** Git in the bare repository itself. */
async function inRemote(branch: string | undefined, path: string): Promise<string> {
  return repo.git('show', `${branch}:${path}`);
}

test('a repository inside is left out, the rest is pushed, and the agent is told of it once', async () => {
  const { told, end, pushed } = await afterRemark(
    'inner',
    'git init -q sub && echo x > sub/x && mkdir -p node_modules/p && echo x > node_modules/p/i.js && echo new > new.txt',
    'true',
  );
  expect(told).toEqual([expect.stringContaining('left out: sub')]);
  expect(end.data.outcome).toBe('done');
  expect(await inRemote(pushed, 'new.txt')).toBe('new');
  await expect(inRemote(pushed, 'node_modules/p/i.js')).rejects.toThrow();
});

test('an unresolved merge does not leave; resolved it does', async () => {
  const { told, end, pushed } = await afterRemark(
    'merge',
    'git checkout -qb side && echo theirs > a.txt && git commit -qam theirs && git checkout -q - && echo ours > a.txt && git commit -qam ours; git merge side; true',
    'echo both > a.txt',
  );
  expect(told).toEqual([expect.stringContaining('not resolved in a.txt')]);
  expect(end.data.outcome).toBe('done');
  expect(await inRemote(pushed, 'a.txt')).toBe('both');
});

test('a rebase in the middle and a stash are told, and nothing of them is lost', async () => {
  const { told, end, pushed } = await afterRemark(
    'rebase',
    'echo kept > kept.txt && git add -A && git stash -q && git checkout -qb side && echo theirs > a.txt && git commit -qam theirs && git checkout -q - && echo ours > a.txt && git commit -qam ours; git rebase side; true',
    'git rebase --abort; git stash pop',
  );
  expect(told).toEqual([expect.stringMatching(/A rebase is in progress.*git stash/)]);
  expect(end.data.outcome).toBe('done');
  expect(await inRemote(pushed, 'kept.txt')).toBe('kept');
  expect(await inRemote(pushed, 'a.txt')).toBe('ours');
});

test('without its .git folder the work is kept and pushed, and people are told', async () => {
  const { session, told, end, pushed } = await afterRemark(
    'gone',
    'echo more > more.txt; rm -rf .git',
    'true',
  );
  expect(told).toEqual([]);
  expect(end.data.outcome).toBe('done');
  expect(session.all('notice').map(({ data }) => data.text)).toContainEqual(
    expect.stringContaining('.git folder'),
  );
  expect(await inRemote(pushed, 'more.txt')).toBe('more');
});

test('hooks of the repository do not run on what Deckhand commits', async () => {
  const { end, pushed } = await afterRemark(
    'hooks',
    'printf "#!/bin/sh\\nexec < /dev/tty\\nexit 1\\n" > .git/hooks/prepare-commit-msg && chmod +x .git/hooks/* && git config core.hooksPath .git/hooks && echo x > hooked.txt',
    'true',
  );
  expect(end.data.outcome).toBe('done');
  expect(await inRemote(pushed, 'hooked.txt')).toBe('x');
});

test('a large file is asked about; the agent takes it out', async () => {
  const { told, end, pushed } = await afterRemark(
    'large',
    'head -c 7000000 /dev/urandom > blob.bin; echo x > small.txt',
    'rm blob.bin',
  );
  expect(told).toEqual([expect.stringContaining('large files: blob.bin (6.7 MiB)')]);
  expect(end.data.outcome).toBe('done');
  expect(await inRemote(pushed, 'small.txt')).toBe('x');
  await expect(inRemote(pushed, 'blob.bin')).rejects.toThrow();
});

test('where the repository asks for it, commits are signed off by whose they are, with an address that can be one', async () => {
  const { pushed } = await afterRemark('signed', 'echo x > signed.txt', 'true');
  const shown = await repo.git(
    'log',
    '-1',
    '--format=%an <%ae>%n%(trailers:key=Signed-off-by,valueonly)',
    `${pushed}`,
  );
  const [author, signed] = shown.split('\n');
  expect(signed).toBe(author);
  expect(author).not.toContain('invalid');
});

test('what a hook of the host refuses goes to the agent whole, and the mended commits are taken', async () => {
  const hook = `${repo.url}/hooks/pre-receive`;
  await writeFile(
    hook,
    "#!/bin/sh\nread old new ref\ngit show $new:bad.txt 2>/dev/null || exit 0\necho 'ACME-12: files named bad.txt are not taken'\necho 'Ask in #git for more.'\nexit 1\n",
    { mode: 0o755 },
  );
  const { told, end, pushed } = await afterRemark(
    'refused',
    'echo x > bad.txt',
    'git mv -f bad.txt good.txt || mv bad.txt good.txt',
  );
  await rm(hook);
  expect(told).toEqual([
    expect.stringMatching(/The host refused it:\n.*ACME-12: files named bad.txt are not taken\nAsk in #git/s),
  ]);
  expect(end.data.outcome).toBe('done');
  expect(await inRemote(pushed, 'good.txt')).toBe('x');
});

test('a branch in the way of all of ours is named', async () => {
  const ours = await repo.git('for-each-ref', '--format=%(refname)', 'refs/heads/deckhand/');
  for (const ref of ours.split('\n').filter(Boolean)) await repo.git('update-ref', '-d', ref);
  await repo.git('update-ref', 'refs/heads/deckhand', 'main');
  const { end } = await afterRemark('in-the-way', 'echo x > way.txt', 'true');
  await repo.git('update-ref', '-d', 'refs/heads/deckhand');
  expect(end.data.error?.message).toContain('A branch named “deckhand”');
});

test('what is asked of the base branch is answered; rewritten in mid-session it is told to people and to the agent', async () => {
  let heard = '';
  const next = ({ answers, messages }: { answers: number; messages: Message[] }) => {
    heard = messages.map(({ text }) => text).join('\n');
    return answers === 0
      ? commands(
          'echo more >> base.txt; git diff --stat main; git describe --tags; git merge-base origin/main HEAD',
        )
      : done();
  };
  stack.model.script('base', next);
  stack.model.script('again', next);
  stack.model.script('look', [commands('true'), done()]);
  const session = await stack.ask('Go #base', { repo: 'shop' });
  expect((await session.finished()).data.outcome).toBe('done');
  const main = await repo.git('rev-parse', 'main');
  expect(session.all('tool.finished').at(-1)?.data.output).toContain(`v1\n${main}`);
  const tree = await repo.git('rev-parse', 'main^{tree}');
  const rewritten = await repo.git('commit-tree', '-m', 'Rewritten', tree);
  await repo.git('update-ref', 'refs/heads/main', rewritten);
  // Other sessions look at the remote, unless it was looked at a moment ago.
  const mirror = join(stack.server.dataDir, 'repos', 'shop.git');
  const known = async () =>
    (await run('git', ['--git-dir', mirror, 'rev-parse', 'refs/remotes/origin/main'])).stdout.trim();
  while ((await known()) !== rewritten) {
    const other = await stack.ask('Look #look', { repo: 'shop' });
    expect((await other.finished()).data.outcome).toBe('done');
  }
  await stack.send(session.sessionId, 'Again #again');
  const { outcome, error } = (await session.finished(2)).data;
  expect({ outcome, error }).toEqual({ outcome: 'done' });
  const told = session.all('notice').map(({ data }) => data.text);
  expect(told.filter(text => text.includes('base branch main was rewritten'))).toHaveLength(1);
  expect(heard).toContain('[Deckhand] The base branch main was rewritten');
});
