import { writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type GitServer, startGitServer } from '../emulators/git.ts';
import { bash, done, read, write } from '../emulators/model/index.ts';
import { built, imageOf, pooled } from '../support/estate.ts';
import { createRepo, type TestRepo } from '../support/repo.ts';
import { openStack, type Stack } from '../support/stack.ts';
import type { Watch } from '../support/watch.ts';

let repo: TestRepo;
let remote: GitServer;
let stack: Stack;
beforeAll(async () => {
  repo = await createRepo('shop', { 'README.md': 'Old\n' });
  await repo.git('config', 'http.receivepack', 'true');
  remote = await startGitServer(dirname(repo.url));
  await writeFile(repo.reposFile, JSON.stringify({ repos: [{ id: 'shop', url: `${remote.url}/shop.git` }] }));
  stack = await openStack({
    DECKHAND_REPOS: repo.reposFile,
    DECKHAND_IMAGE_EVERY_MS: '3600000',
    DECKHAND_POOL_MIN: '1',
    DECKHAND_POOL_MAX: '1',
  });
  await imageOf(stack.client, 'shop', each => built(each) && pooled(each));
});
afterAll(async () => {
  await stack.dispose();
  await remote.close();
  await repo.remove();
});

const outputs = (session: Watch) => session.all('tool.finished').map(({ data }) => data.output);
const details = (session: Watch) => session.all('sandbox.state').map(({ data }) => data.detail ?? data.state);

test('reading begins at once; writing and commands wait for the newest commit, and say so', async () => {
  stack.model.script('both', [
    { calls: [read('README.md')] },
    { calls: [write('new.txt', 'new\n')] },
    {
      calls: [
        bash(
          'cat README.md new.txt; git rev-parse main origin/main HEAD | uniq -c | cut -c 7; git describe --tags',
        ),
      ],
    },
    done(),
  ]);
  await repo.push({ 'README.md': 'New\n' });
  await repo.git('tag', 'v1', 'main');
  // A fetch of the last two seconds would be trusted.
  await new Promise(resolve => setTimeout(resolve, 2_100));
  const { release } = remote.hold();
  const session = await stack.ask('Both #both', { repo: 'shop' });
  await session.event('tool.finished');
  expect(outputs(session)[0]).toContain('Old');
  await session.until(view => view.head.sandbox?.detail?.startsWith('write waits') ?? false, 'the wait');
  expect(session.all('tool.finished')).toHaveLength(1);
  release();
  expect((await session.finished()).data.outcome).toBe('done');
  expect(outputs(session).at(-1)).toBe('New\nnew\n3\nv1\n');
  expect(details(session)).toEqual(expect.arrayContaining(['syncing', 'ready']));
  expect(session.view().head.sandbox?.state).toBe('ready');
  expect(
    session
      .all('files.changed')
      .at(-1)
      ?.data.files.map(file => file.path),
  ).toEqual(['new.txt']);
});

test('a stop ends the wait', async () => {
  stack.model.script('wait', [{ calls: [write('late.txt', 'late\n')] }, done()]);
  await imageOf(stack.client, 'shop', pooled);
  await new Promise(resolve => setTimeout(resolve, 2_100));
  const { release } = remote.hold();
  const session = await stack.ask('Wait #wait', { repo: 'shop' });
  await session.until(view => view.head.sandbox?.detail?.startsWith('write waits') ?? false, 'the wait');
  await stack.stop(session.sessionId);
  // Before the fetch ends that it waits for.
  const end = await session.finished();
  release();
  expect(end.data.outcome).toBe('stopped');
  expect(session.all('tool.finished').at(-1)?.data.ok).toBe(false);
});

test('a server killed while a sandbox is brought up to date: the session goes on with a whole tree', async () => {
  stack.model.script('crash', [{ calls: [bash('git status --short; cat README.md')] }, done()]);
  await imageOf(stack.client, 'shop', pooled);
  await repo.push({ 'README.md': 'Newest\n' });
  await new Promise(resolve => setTimeout(resolve, 2_100));
  const { release } = remote.hold();
  const session = await stack.ask('Crash #crash', { repo: 'shop' });
  await session.until(view => view.head.sandbox?.state === 'syncing', 'syncing');
  await stack.server.crash();
  release();
  await stack.server.restart();
  expect((await session.finished()).data.outcome).toBe('done');
  expect(outputs(session).at(-1)).toBe('Newest\n');
  await session.until(view => view.head.sandbox?.state === 'ready', 'ready');
});

const onBranch = async (session: Watch, file: string) =>
  repo.git('show', `deckhand/${session.sessionId}-1:${file}`).catch(() => null);

test('a stop while the push hangs ends the turn at once; the work is kept and leaves with the next turn', async () => {
  stack.model.script('hangs', [{ calls: [write('hangs.txt', 'kept\n')] }, done()]);
  stack.model.script('leaves', [{ calls: [bash('cat hangs.txt')] }, done()]);
  const session = await stack.ask('Write #hangs', { repo: 'shop' });
  const push = remote.hold('git-receive-pack');
  await push.reached;
  const atMs = Date.now();
  await stack.stop(session.sessionId);
  expect((await session.finished()).data.outcome).toBe('stopped');
  // One that waited for the push would never end.
  expect(Date.now() - atMs).toBeLessThan(10_000);
  expect(session.all('notice').map(({ data }) => data.text)).toContainEqual(
    expect.stringContaining('Not pushed'),
  );
  expect(await onBranch(session, 'hangs.txt')).toBeNull();
  push.release();
  await stack.send(session.sessionId, 'Go on #leaves');
  expect((await session.finished(2)).data.outcome).toBe('done');
  expect(await onBranch(session, 'hangs.txt')).toBe('kept');
});

test('a server that is stopped while the push hangs lets go of it; the next one pushes, once', async () => {
  stack.model.script('closing', [{ calls: [write('closing.txt', 'kept\n')] }, done()]);
  const session = await stack.ask('Write #closing', { repo: 'shop' });
  const push = remote.hold('git-receive-pack');
  await push.reached;
  const atMs = Date.now();
  await stack.server.stop();
  expect(Date.now() - atMs).toBeLessThan(10_000);
  push.release();
  await stack.server.restart();
  expect((await session.finished()).data.outcome).toBe('done');
  expect(session.all('change.opened')).toHaveLength(1);
  expect(await repo.git('rev-list', '--count', `main..deckhand/${session.sessionId}-1`)).toBe('1');
});
