import { newRequestId } from '@deckhand/shared/client';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { bash, done, read, write } from '../emulators/model/index.ts';
import { buildLog, built, imageOf, pooled, sandboxes } from '../support/estate.ts';
import { createRepo, type TestRepo } from '../support/repo.ts';
import { openStack, type Stack } from '../support/stack.ts';

const environment = (more: object = {}) =>
  JSON.stringify({
    install: 'mkdir -p deps && cp lock.txt deps/installed && echo run >> deps/count',
    build: 'echo built > deps/built',
    warm: 'echo warmed > deps/warmed; echo left-behind > stray.txt',
    env: { COLOUR: 'green' },
    checks: {
      lint: { run: 'echo "looks at $#: $*"; ! grep -n TODO "$@"', files: ['*.js'] },
      words: { run: 'cat "$@" && echo $COLOUR > deps/colour', files: 'docs/**' },
      slow: { run: 'echo begun; sleep 61', files: 'slow.txt', timeoutMs: 1_000 },
    },
    ...more,
  });

let repo: TestRepo;
let stack: Stack;
beforeAll(async () => {
  repo = await createRepo('shop', {
    '.gitignore': 'deps/\n',
    '.deckhand/environment.json': environment(),
    'requirements.txt': '# none\n',
    'lock.txt': 'one\n',
    'README.md': 'Shop\n',
  });
  stack = await openStack({
    DECKHAND_REPOS: repo.reposFile,
    DECKHAND_IMAGE_EVERY_MS: '3600000',
    DECKHAND_POOL_MIN: '1',
    DECKHAND_POOL_MAX: '2',
  });
  stack.model.script('look', [
    {
      calls: [bash('cat deps/installed deps/built deps/warmed deps/count; echo $COLOUR; git status --short')],
    },
    done(),
  ]);
});
afterAll(async () => {
  await stack.dispose();
  await repo.remove();
});

const ask = (prompt: string) => stack.ask(prompt, { repo: 'shop' });
const refresh = (clean = false) => stack.client.http['repo.refresh']({ repo: 'shop', clean });
/** Resolves once the server counts this. */
async function metric(line: string): Promise<void> {
  while (!(await (await fetch(`${stack.server.url}/metrics`)).text()).includes(line))
    await new Promise(resolve => setTimeout(resolve, 50));
}
const output = (session: Awaited<ReturnType<typeof ask>>) => session.all('tool.finished').at(-1)?.data.output;

test('the schedule builds an image, the pool fills from it, and a session starts warm', async () => {
  const ready = await imageOf(stack.client, 'shop', each => built(each) && pooled(each));
  expect(ready.image?.commit).toBe(await repo.git('rev-parse', 'main'));
  expect(await buildLog(stack.client, 'shop', ready.build?.buildId ?? '')).toMatch(
    /\$ install: .*\n[\s\S]*\$ build[\s\S]*\$ warm/,
  );
  const session = await ask('Look #look');
  expect((await session.finished()).data.outcome).toBe('done');
  expect(output(session)).toBe('one\nbuilt\nwarmed\nrun\ngreen\n');
  const told = session
    .all('sandbox.state')
    .flatMap(({ data }) => (data.from ? [`${data.state} ${data.from}`] : []));
  // Whether the remote was asked a moment ago decides on the first.
  expect(told.join()).toMatch(/^(syncing pool,)?ready pool$/);
  // What the build left in the tree is nobody's change.
  expect(session.all('change.opened')).toHaveLength(0);
});

test('checks run once behind the edits of an answer, and the agent is told what they find', async () => {
  await imageOf(stack.client, 'shop', built);
  const todo = write('src/a.js', '// TODO\n');
  stack.model.script('edits', [
    // Checks run once what they need is installed; a command waits for that.
    { calls: [bash('true')] },
    { calls: [todo, write(`it's "b" $HOME.js`, 'fine\n')] },
    { calls: [todo] },
    { calls: [todo] },
    { calls: [{ tool: 'edit', input: { path: '/work/repo/src/a.js', old: 'TODO', new: 'done' } }] },
    {
      calls: [
        write('docs/deep/a.md', 'words\n'),
        { tool: 'edit', input: { path: 'none.js', old: 'a', new: 'b' } },
      ],
    },
    { calls: [write('slow.txt', 'x\n'), read('slow.txt')] },
    { calls: [write('other.txt', 'x\n'), bash('cat deps/colour')] },
    done(),
  ]);
  const session = await ask('Edit #edits');
  expect((await session.finished()).data.outcome).toBe('done');
  const told = session
    .all('tool.finished')
    .slice(1)
    .map(({ data }) => ({ summary: data.summary, output: data.output }));
  expect(told).toEqual([
    { summary: 'created src/a.js, 8 bytes', output: 'created src/a.js, 8 bytes' },
    {
      summary: `created it's "b" $HOME.js, 5 bytes; checks failed: lint`,
      output: expect.stringMatching(
        /^created .*\n\[check lint: exit code 1 after [\d.]+ s\]\nlooks at 2: src\/a\.js it's "b" \$HOME\.js\nsrc\/a\.js:1:\/\/ TODO\n$/,
      ),
    },
    {
      summary: expect.stringContaining('failed: lint'),
      output: expect.stringContaining('looks at 1: src/a.js\n1:// TODO'),
    },
    {
      summary: expect.stringContaining('failed: lint'),
      output: expect.stringMatching(/with the same output as before\]$/),
    },
    {
      summary: 'edited src/a.js, line 1; checks passed: lint',
      output: 'edited src/a.js, line 1\n[checks that passed: lint]',
    },
    { summary: 'created docs/deep/a.md, 6 bytes', output: expect.not.stringContaining('check') },
    // The last edit failed; the one before it is looked at all the same.
    {
      summary: 'none.js does not exist; checks passed: words',
      output: expect.stringContaining('passed: words'),
    },
    {
      summary: expect.stringContaining('failed: slow'),
      output: expect.stringMatching(/\[check slow: timed out after 1\.\d s.*\]\nbegun\n$/),
    },
    { summary: expect.stringContaining('slow.txt'), output: expect.stringContaining('x') },
    { summary: 'created other.txt, 2 bytes', output: 'created other.txt, 2 bytes' },
    { summary: expect.stringContaining('exit code 0'), output: 'green\n' },
  ]);
  const seen = stack.model
    .askings('edits')[2]
    ?.messages.map(({ text }) => text)
    .join('\n');
  expect(seen).toContain('looks at 2: src/a.js');
});

test('a prompt that somebody typed finds the sandbox that was held for it', async () => {
  await imageOf(stack.client, 'shop', pooled);
  const warmed = await stack.client.http.warmup({ requestId: newRequestId(), repo: 'shop' });
  if (!warmed.ok) throw new Error(warmed.message);
  const [held] = (await sandboxes(stack.client, () => true)).filter(each => each.owner === 'warmup');
  const session = await stack.ask('Look #look', { repo: 'shop', warmupId: warmed.warmupId });
  expect((await session.finished()).data.outcome).toBe('done');
  const told = session
    .all('sandbox.state')
    .flatMap(({ data }) => (data.from ? [`${data.state} ${data.from}`] : []));
  // Whether the remote was asked a moment ago decides on the first.
  expect(told.join()).toMatch(/^(syncing pool,)?ready pool$/);
  const mine = await sandboxes(stack.client, all => all.some(each => each.sessionId === session.sessionId));
  expect(mine.find(each => each.sessionId === session.sessionId)?.sandboxId).toBe(held?.sandboxId);
});

test('nothing new at the remote is no build', async () => {
  const before = await imageOf(stack.client, 'shop', built);
  await refresh();
  await metric('deckhand_image_builds_total{state="unchanged"} 1');
  const after = await imageOf(stack.client, 'shop', built);
  expect(after.build?.buildId).toBe(before.build?.buildId);
});

test('a session begins on the newest commit, and a lock file that changed is installed before the first command', async () => {
  await imageOf(stack.client, 'shop', pooled);
  await repo.push({ 'README.md': 'Newer\n', 'requirements.txt': '# still none\n', 'lock.txt': 'two\n' });
  // A fetch of the last two seconds is trusted.
  await new Promise(resolve => setTimeout(resolve, 2_100));
  stack.model.script('newest', [
    { calls: [read('README.md'), bash('cat README.md deps/installed deps/count')] },
    done(),
  ]);
  const session = await ask('Newest #newest');
  expect((await session.finished()).data.outcome).toBe('done');
  expect(output(session)).toBe('Newer\ntwo\nrun\nrun\n');
  const states = session.all('sandbox.state').map(({ data }) => data.state);
  expect(states[0]).toBe('syncing');
  expect(states.at(-1)).toBe('ready');
});

test('a push builds from the image before and replaces what is in the pool', async () => {
  const before = await imageOf(stack.client, 'shop', built);
  const commit = await repo.push({ 'README.md': 'Pushed\n' });
  await refresh();
  const after = await imageOf(stack.client, 'shop', each => each.image?.commit === commit && pooled(each));
  expect(after.image?.imageId).not.toBe(before.image?.imageId);
  const log = await buildLog(stack.client, 'shop', after.build?.buildId ?? '');
  expect(log).toContain('Checking out');
  const again = await repo.push({ 'README.md': 'Pushed again\n' });
  await refresh();
  const last = await imageOf(stack.client, 'shop', each => each.image?.commit === again && pooled(each));
  expect(await buildLog(stack.client, 'shop', last.build?.buildId ?? '')).toContain('it is not run again');
  await sandboxes(stack.client, all =>
    all.filter(each => each.owner === 'pool').every(each => each.imageId === last.image?.imageId),
  );
});

test('a build that fails keeps the image in service, and says so in its log and to the next session', async () => {
  const before = await imageOf(stack.client, 'shop', built);
  await repo.push({ '.deckhand/environment.json': environment({ install: 'echo no such thing; exit 3' }) });
  await refresh();
  const after = await imageOf(stack.client, 'shop', each => each.build?.state === 'failed');
  expect(after.image?.imageId).toBe(before.image?.imageId);
  expect(after.build?.message).toMatch(/install failed: it ended with code 3/);
  expect(await buildLog(stack.client, 'shop', after.build?.buildId ?? '')).toContain('no such thing');
  stack.model.script('write', [{ calls: [write('new.txt', 'new\n')] }, done()]);
  const session = await ask('Write #write');
  expect((await session.finished()).data.outcome).toBe('done');
  expect(
    session
      .all('notice')
      .map(({ data }) => data.text)
      .join(),
  ).toMatch(/newest image could not be built/);

  await repo.push({ '.deckhand/environment.json': '{"install": 7}' });
  await refresh();
  const broken = await imageOf(stack.client, 'shop', each =>
    each.build?.message?.includes('environment.json'),
  );
  expect(broken.build?.message).toMatch(/\.deckhand\/environment\.json: install/);
  await repo.push({ '.deckhand/environment.json': environment() });
  await refresh();
  await imageOf(stack.client, 'shop', built);
});
