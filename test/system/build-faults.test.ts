import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { bash, done } from '../emulators/model/index.ts';
import { docker } from '../support/engine.ts';
import { buildLog, built, imageOf, pooled, sandboxes } from '../support/estate.ts';
import { createRepo, type TestRepo } from '../support/repo.ts';
import { openStack, type Stack } from '../support/stack.ts';

const environment = (more: object) => ({ '.deckhand/environment.json': JSON.stringify(more) });
const good = { install: 'mkdir -p deps && echo good > deps/installed' };

let repo: TestRepo;
let stack: Stack;
beforeAll(async () => {
  repo = await createRepo('shop', { '.gitignore': 'deps/\n', ...environment(good) });
  stack = await openStack({
    DECKHAND_REPOS: repo.reposFile,
    DECKHAND_IMAGE_EVERY_MS: '3600000',
    DECKHAND_POOL_MIN: '1',
    DECKHAND_POOL_MAX: '1',
    DECKHAND_SANDBOX_DISK_BYTES: String(128 * 1024 * 1024),
  });
  stack.model.script('look', [{ calls: [bash('cat deps/installed')] }, done()]);
  await imageOf(stack.client, 'shop', built);
});
afterAll(async () => {
  await stack.dispose();
  await repo.remove();
});

const refresh = () => stack.client.http['repo.refresh']({ repo: 'shop' });
const inService = async () => (await imageOf(stack.client, 'shop', () => true)).image?.imageId;

/** Pushes an environment whose build fails. Answers why, and the log. */
async function failing(files: Record<string, string>): Promise<{ message: string; log: string }> {
  const before = await imageOf(stack.client, 'shop', each => each.build?.state !== 'building');
  await repo.push(files);
  await refresh();
  const after = await imageOf(
    stack.client,
    'shop',
    each => each.build?.buildId !== before.build?.buildId && each.build?.state === 'failed',
  );
  expect(after.image?.imageId).toBe(before.image?.imageId);
  const log = await buildLog(stack.client, 'shop', after.build?.buildId ?? '');
  await sandboxes(stack.client, all => all.every(each => each.owner !== 'build'));
  return { message: after.build?.message ?? '', log };
}

async function look(): Promise<string> {
  const session = await stack.ask('Look #look', { repo: 'shop' });
  const { outcome, error } = (await session.finished()).data;
  expect([outcome, error]).toEqual(['done', undefined]);
  return session.all('tool.finished').at(-1)?.data.output ?? '';
}

test('an install that hangs is killed, and what it said is kept', async () => {
  const hangs = { install: 'echo before it hangs; sleep 1000', timeoutMs: 1000 };
  const { message, log } = await failing(environment(hangs));
  expect(message).toMatch(/install failed: it was killed, as it took longer than 1 s/);
  expect(log).toContain('before it hangs');
});

test('a build that needs more disk than a sandbox has fails, and the image stays', async () => {
  const { message, log } = await failing(
    environment({ install: 'head -c 300M /dev/zero > big || { rm big; exit 1; }' }),
  );
  expect(message).toMatch(/install failed/);
  expect(log).toMatch(/No space left/i);
  expect(await look()).toBe('good\n');
});

test('a Dockerfile that fails says which step', async () => {
  const { message, log } = await failing({
    Dockerfile: 'ARG DECKHAND_BASE\nFROM $DECKHAND_BASE\nRUN echo building; false\n',
    ...environment({ ...good, dockerfile: 'Dockerfile' }),
  });
  expect(message).toMatch(/false/);
  expect(log).toContain('building');
});

test('a secret of a build is not in the image, and one that a build writes down is refused', async () => {
  const value = 'sec-4f9c27d1-build';
  const set = await stack.client.http['secret.set']({
    repo: 'shop',
    name: 'NPM_AUTH',
    phase: 'build',
    value,
  });
  expect(set.ok).toBe(true);
  const leaks = { install: 'mkdir -p deps && echo "auth=$NPM_AUTH" > deps/.npmrc; echo "with $NPM_AUTH"' };
  const { message, log } = await failing(environment(leaks));
  expect(message).toMatch(/secret NPM_AUTH in \/work\/repo\/deps\/\.npmrc/);
  expect(log).toContain('with [secret NPM_AUTH]');
  expect(log + message).not.toContain(value);

  // Written, used and deleted: nothing of it is on the disk.
  await repo.push(
    environment({
      install:
        'mkdir -p deps && echo "$NPM_AUTH" > deps/token && sync && test -s deps/token && rm deps/token && echo used > deps/installed',
    }),
  );
  await refresh();
  const image = await imageOf(stack.client, 'shop', each => built(each) && pooled(each));
  expect(await look()).toBe('used\n');
  expect(await inDisks(`image-${image.image?.imageId}`, 'used')).toBe(true);
  expect(await inDisks(`image-${image.image?.imageId}`, value)).toBe(false);
});

/** Whether these bytes are anywhere in a named disk, deleted files among it. */
async function inDisks(name: string, text: string): Promise<boolean> {
  const helper = docker.getContainer(`deckhand-${await stack.server.deploymentId()}-disks`);
  const argv = ['grep', '-qa', text, `/disks/store/named/${name}`];
  const exec = await helper.exec({ Cmd: argv, AttachStdout: true });
  const stream = await exec.start({});
  await new Promise(resolve => stream.on('end', resolve).resume());
  return (await exec.inspect()).ExitCode === 0;
}

test('an image that was deleted under us is built again, and sessions start meanwhile', async () => {
  await imageOf(stack.client, 'shop', pooled);
  const before = await inService();
  const helper = docker.getContainer(`deckhand-${await stack.server.deploymentId()}-disks`);
  const argv = ['rm', '-f', `/disks/store/named/image-${before}`];
  await (await helper.exec({ Cmd: argv, AttachStdout: true })).start({});
  // The first takes what the pool has; the next begins from the image.
  const sessions = [
    await stack.ask('Look #look', { repo: 'shop' }),
    await stack.ask('Look #look', { repo: 'shop' }),
  ];
  for (const session of sessions) expect((await session.finished()).data.outcome).toBe('done');
  await imageOf(stack.client, 'shop', each => built(each) && each.image?.imageId !== before);
});

test('a server killed in the middle of a build: the build is made anew and nothing is left over', async () => {
  await repo.push(environment({ install: 'mkdir -p deps && echo again > deps/installed; sleep 3' }));
  await refresh();
  await sandboxes(stack.client, all => all.some(each => each.owner === 'build'));
  const before = await inService();
  await stack.server.crash();
  await stack.server.restart();
  await imageOf(stack.client, 'shop', each => built(each) && each.image?.imageId !== before && pooled(each));
  await sandboxes(stack.client, all => all.every(each => each.owner !== 'build'));
  expect(await look()).toBe('again\n');
});

test('a repository that is gone: sessions go on from its image, and say so', async () => {
  await imageOf(stack.client, 'shop', pooled);
  await repo.git('config', 'core.bare', 'false');
  await repo.remove();
  await refresh();
  await imageOf(stack.client, 'shop', each => each.build?.message?.includes('cannot be reached'));
  expect(await look()).toBe('again\n');
});
