import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { bash, done, read, write } from '../emulators/model/index.ts';
import { buildLog, built, imageOf } from '../support/estate.ts';
import { createRepo, type TestRepo } from '../support/repo.ts';
import { containerOf } from '../support/sandbox.ts';
import { openStack, type Stack } from '../support/stack.ts';
import type { Watch } from '../support/watch.ts';

const environment = (more: object) => ({ '.deckhand/environment.json': JSON.stringify(more) });
/** Leaves a lock file and a change of a tracked file, as managers do. */
const install =
  'echo step-one; sleep 3; mkdir -p deps && echo installed > deps/done; echo lock > made.lock; echo x >> README.md';

let repo: TestRepo;
let stack: Stack;
beforeAll(async () => {
  const files = { '.gitignore': 'deps/\n', 'README.md': 'Shop\n' };
  repo = await createRepo('shop', {
    ...files,
    ...environment({ install, build: 'cp deps/done deps/built', start: 'echo up > /tmp/up' }),
  });
  stack = await openStack({ DECKHAND_REPOS: repo.reposFile, DECKHAND_IMAGE_EVERY_MS: '0' });
});
afterAll(async () => {
  await stack.dispose();
  await repo.remove();
});

const outputs = (session: Watch) => session.all('tool.finished').map(({ data }) => data.output);
const details = (session: Watch) => session.all('sandbox.state').flatMap(({ data }) => data.detail ?? []);
const notices = (session: Watch) =>
  session
    .all('notice')
    .map(({ data }) => data.text)
    .join('\n');

test('a session on a repository without an image installs and builds first: reading is open, the rest waits and says so', async () => {
  stack.model.script('bare', [
    { calls: [read('README.md')] },
    { calls: [write('mine.txt', 'mine\n')] },
    { calls: [bash('cat deps/built README.md; until [ -e /tmp/up ]; do sleep 0.1; done')] },
    done(),
  ]);
  const session = await stack.ask('Bare #bare', { repo: 'shop' });
  expect((await session.finished()).data.outcome).toBe('done');
  expect(outputs(session)[0]).toContain('Shop');
  expect(outputs(session).at(-1)).toBe('installed\nShop\n');
  expect(details(session)).toContainEqual(expect.stringMatching(/^Runs install: echo step-one/));
  expect(details(session)).toContainEqual(expect.stringMatching(/^Runs build:/));
  expect(details(session)).toContainEqual(expect.stringMatching(/^write waits/));
  expect(session.view().head.sandbox?.state).toBe('ready');
  // What the install left in the tree is nobody's change.
  const files = session
    .all('files.changed')
    .at(-1)
    ?.data.files.map(file => file.path);
  expect(files).toEqual(['mine.txt']);
});

test('a turn that only read ends without waiting for the install; the next finds it', async () => {
  stack.model.script('reads', [{ calls: [read('README.md')] }, done()]);
  stack.model.script('uses', [{ calls: [bash('cat deps/built')] }, done()]);
  await repo.push(environment({ install: `sleep 4; ${install}`, build: 'cp deps/done deps/built' }));
  await new Promise(resolve => setTimeout(resolve, 2_100));
  const session = await stack.ask('Reads #reads', { repo: 'shop' });
  expect((await session.finished()).data.outcome).toBe('done');
  await stack.send(session.sessionId, 'Uses #uses');
  expect((await session.finished(2)).data.outcome).toBe('done');
  expect(outputs(session).at(-1)).toBe('installed\n');
});

test('a server killed in the middle of the install: the next one installs before the first command', async () => {
  stack.model.script('crash', [{ calls: [bash('cat deps/built')] }, done()]);
  const session = await stack.ask('Crash #crash', { repo: 'shop' });
  await session.until(view => view.head.sandbox?.detail?.startsWith('Runs install') ?? false, 'the install');
  await stack.server.crash();
  await stack.server.restart();
  expect((await session.finished()).data.outcome).toBe('done');
  expect(outputs(session).at(-1)).toBe('installed\n');
});

test('a disk that is gone: the next sandbox has the work, and installs before the first command', async () => {
  await repo.push(environment({ install: 'echo x >> README.md; mkdir -p deps && echo anew > deps/built' }));
  await new Promise(resolve => setTimeout(resolve, 2_100));
  stack.model.script('gone', [{ calls: [write('mine.txt', 'mine\n')] }, done()]);
  const session = await stack.ask('Gone #gone', { repo: 'shop' });
  expect((await session.finished()).data.outcome).toBe('done');
  await (await containerOf(session.sessionId)).remove({ force: true });
  stack.model.script('back', [{ calls: [bash('cat mine.txt deps/built README.md')] }, done()]);
  await stack.send(session.sessionId, 'Back #back');
  expect((await session.finished(2)).data.outcome).toBe('done');
  expect(outputs(session).at(-1)).toBe('mine\nanew\nShop\n');
  expect(session.all('sandbox.state').map(({ data }) => data.state)).toContain('lost');
  const files = session.all('files.changed').flatMap(({ data }) => data.files.map(file => file.path));
  expect(new Set(files)).toEqual(new Set(['mine.txt']));
});

test('an install that failed is tried again with the next prompt, and not once it is done', async () => {
  const tried = 'echo tried >> /work/home/tries; [ -e /work/home/mended ] || { echo no-registry; exit 9; }';
  await repo.push(environment({ install: `${tried}; mkdir -p deps && echo late > deps/built` }));
  await new Promise(resolve => setTimeout(resolve, 2_100));
  stack.model.script('mends', [{ calls: [bash('touch /work/home/mended')] }, done()]);
  stack.model.script('has', [{ calls: [bash('cat deps/built; wc -l < /work/home/tries')] }, done()]);
  const session = await stack.ask('Mends #mends', { repo: 'shop' });
  expect((await session.finished()).data.outcome).toBe('done');
  expect(notices(session)).toMatch(/install failed: .*tried again with the next prompt\.[\s\S]*no-registry/);
  for (const turn of [2, 3]) {
    await stack.send(session.sessionId, 'Has #has');
    expect((await session.finished(turn)).data.outcome).toBe('done');
    expect(outputs(session).at(-1)).toBe('late\n2\n');
  }
});

test('an image that could not be built, and an install that fails, are said to people and to the agent', async () => {
  await repo.push(environment({ install: 'echo no-such-package; exit 7' }));
  await stack.client.http['repo.refresh']({ repo: 'shop' });
  await imageOf(stack.client, 'shop', each => each.build?.state === 'failed');
  stack.model.script('fails', [{ calls: [bash('echo works anyway')] }, done()]);
  const session = await stack.ask('Fails #fails', { repo: 'shop' });
  expect((await session.finished()).data.outcome).toBe('done');
  expect(outputs(session).at(-1)).toBe('works anyway\n');
  expect(notices(session)).toMatch(/has no image: install failed: it ended with code 7/);
  expect(notices(session)).toMatch(/made ready in this sandbox, and install failed[\s\S]*no-such-package/);
  const asked = stack.model.journal
    .slice(-2)
    .map(each => JSON.stringify(each))
    .join();
  expect(asked).toMatch(/could not be built: install failed/);
  expect(asked).toMatch(/<log>[\s\S]*no-such-package/);
  expect(asked).toMatch(/\[Deckhand\] The repository was to be made ready/);
});

test('without an image a session still runs on the root file system that its repository asks for', async () => {
  await repo.push({
    Dockerfile: 'FROM $DECKHAND_BASE\nENV TOOL=from-the-dockerfile\n',
    ...environment({ dockerfile: 'Dockerfile', install: 'mkdir -p deps && echo $TOOL > deps/built' }),
  });
  await new Promise(resolve => setTimeout(resolve, 2_100));
  stack.model.script('root', [{ calls: [bash('cat deps/built')] }, done()]);
  const session = await stack.ask('Root #root', { repo: 'shop' });
  expect((await session.finished()).data.outcome).toBe('done');
  expect(outputs(session).at(-1)).toBe('from-the-dockerfile\n');
});

test('a postCreateCommand that fails is said, and takes nothing away', async () => {
  await repo.push({
    '.deckhand/environment.json': null,
    '.devcontainer/devcontainer.json': JSON.stringify({
      build: { dockerfile: '../Dockerfile', context: '..', args: { KIND: 'given' }, target: 'dev' },
      onCreateCommand: 'mkdir -p deps && echo $KIND > deps/built',
      postCreateCommand: 'echo went-wrong; exit 4',
    }),
    Dockerfile: 'ARG KIND=none\nFROM $DECKHAND_BASE AS dev\nARG KIND\nENV KIND=$KIND\nFROM dev\nRUN false\n',
  });
  await new Promise(resolve => setTimeout(resolve, 2_100));
  stack.model.script('after', [{ calls: [bash('cat deps/built')] }, done()]);
  const session = await stack.ask('After #after', { repo: 'shop' });
  expect((await session.finished()).data.outcome).toBe('done');
  expect(outputs(session).at(-1)).toBe('given\n');
  expect(notices(session)).toMatch(/postCreateCommand failed: it ended with code 4[\s\S]*went-wrong/);
  await stack.client.http['repo.refresh']({ repo: 'shop' });
  const image = await imageOf(stack.client, 'shop', built);
  expect(image.build?.message).toMatch(/postCreateCommand failed: it ended with code 4/);
});

test('a guess of an install that is wrong is said, and takes neither the image nor the other guesses away', async () => {
  await repo.push({
    '.devcontainer/devcontainer.json': null,
    Dockerfile: null,
    'package.json': '{"dependencies":{"a":"1"}}',
    'package-lock.json': '{"lockfileVersion":3,"packages":{}}',
    'requirements.txt': '# none\n',
    'go.mod': 'module shop\n',
  });
  await stack.client.http['repo.refresh']({ repo: 'shop' });
  const ofGuess = 'package-lock.json, requirements.txt, go.mod';
  const image = await imageOf(stack.client, 'shop', each => built(each) && each.image?.source === ofGuess);
  const guess = /install failed: it ended with code 1\. It is only a guess, from package-lock\.json: `npm ci/;
  expect(image.build?.message).toMatch(guess);
  expect(await buildLog(stack.client, 'shop', image.build?.buildId ?? '')).toMatch(
    /\$ install: npm ci[\s\S]*\$ install: python3 -m pip install [^\n]*requirements\.txt/,
  );
  stack.model.script('guess', [{ calls: [bash('echo works anyway')] }, done()]);
  const session = await stack.ask('Guess #guess', { repo: 'shop' });
  expect((await session.finished()).data.outcome).toBe('done');
  expect(outputs(session).at(-1)).toBe('works anyway\n');
  expect(notices(session)).toMatch(guess);
  expect(notices(session)).toMatch(/This repository uses Go, which our base image does not have/);
  expect(JSON.stringify(stack.model.journal.at(-1))).toMatch(/It went wrong, so do what is needed/);
  // It is tried again, and what gains nothing takes no image's place.
  await stack.client.http['repo.refresh']({ repo: 'shop' });
  const after = await imageOf(
    stack.client,
    'shop',
    each => each.build?.buildId !== image.build?.buildId && each.build?.state !== 'building',
  );
  expect(after).toMatchObject({ build: { state: 'unchanged' }, image: { imageId: image.image?.imageId } });
  expect(await buildLog(stack.client, 'shop', after.build?.buildId ?? '')).toContain('$ install: npm ci');
});
