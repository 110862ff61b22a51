import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import Docker from 'dockerode';
import { openTestStack, type TestStack, testSpec } from '../../test/helpers/sandboxStack.ts';
import { diskHelperName } from './docker/disks/diskHelper.ts';
import { diskUnder, volumeName } from './docker/disks/volume.ts';
import { dockerDriver } from './docker/driver.ts';
import { execute } from './docker/exec.ts';
import { label } from './docker/labels.ts';

let images: TestStack;
let folders: TestStack;
let other: TestStack;
/** The one of the test that runs. */
let stack: TestStack;

beforeAll(async () => {
  [images, folders, other] = await Promise.all([
    openTestStack(),
    openTestStack({ diskKind: 'folders' }),
    openTestStack(),
  ]);
  stack = images;
});
afterAll(() => Promise.all([images?.close(), folders?.close(), other?.close()]));

/** Everything on the engine that bears one of these names. */
async function traces(...names: string[]): Promise<string[]> {
  const containers = await stack.docker.listContainers({ all: true });
  const { Volumes } = await stack.docker.listVolumes();
  const { stdout } = await onDisks('ls -R /disks /dev; losetup -n -O BACK-FILE');
  const all = [
    ...containers.flatMap(({ Names }) => Names),
    ...Volumes.map(({ Name }) => Name),
    ...stdout.split('\n'),
  ];
  return all.filter(found => names.some(name => found.includes(name)));
}

const onDisks = (script: string) =>
  execute(stack.docker.getContainer(diskHelperName(stack.name, stack === folders ? 'folders' : 'images')), [
    'sh',
    '-c',
    script,
  ]);

async function diskOf(id: string): Promise<string> {
  const disk = diskUnder(await stack.docker.getVolume(volumeName(id)).inspect());
  if (!disk) throw new Error('no disk');
  return disk;
}

/** The second kind is tried here by `npm run test:engines`; folder-disks.test.ts always does. */
const kinds = process.env.DECKHAND_TEST_ENGINES ? (['images', 'folders'] as const) : (['images'] as const);

describe.each(kinds)('where disks are %s', kind => {
  beforeAll(() => {
    stack = kind === 'images' ? images : folders;
  });
  afterAll(() => {
    stack = images;
  });

  test('a sandbox is made, seen, and removed without a trace, however often', async () => {
    const { driver } = stack;
    const spec = testSpec();
    expect(await driver.inspect(spec.id)).toBe('gone');
    expect(await driver.create(spec)).toEqual({ ok: true, from: 'base' });
    expect(await driver.inspect(spec.id)).toBe('running');
    expect(await driver.list()).toEqual([
      { id: spec.id, labels: spec.labels, createdAtMs: expect.any(Number), state: 'running' },
    ]);
    expect(await other.driver.list()).toEqual([]);
    await stack.docker.getContainer(`deckhand-${spec.id}`).kill();
    expect(await driver.inspect(spec.id)).toBe('stopped');
    const disk = await diskOf(spec.id);
    // Container and volume; file, node and loop device, or folder, what is listed of it, and the link to it.
    expect(await traces(spec.id, disk)).toHaveLength(5);
    await Promise.all([driver.remove(spec.id), stack.anotherDriver().remove(spec.id)]);
    await driver.remove(spec.id);
    expect(await traces(spec.id, disk)).toEqual([]);
    expect(await driver.inspect(spec.id)).toBe('gone');
  });

  test('an id that is taken is refused, and who has it is left alone', async () => {
    const { id } = await stack.sandbox();
    expect(await stack.driver.create(testSpec({ id }))).toMatchObject({ ok: false, code: 'bad_request' });
    expect(await stack.driver.inspect(id)).toBe('running');
    await stack.driver.remove(id);
  });

  test('a sandbox that cannot be made leaves nothing behind', async () => {
    const spec = testSpec({ image: 'deckhand-no-such-image:1' });
    expect(await stack.driver.create(spec)).toMatchObject({ ok: false, code: 'not_found' });
    expect(await traces(spec.id)).toEqual([]);
  });

  test('several at once, by two servers, each with a disk of its own', async () => {
    const second = stack.anotherDriver();
    const specs = Array.from({ length: 6 }, () => testSpec());
    const made = await Promise.all(specs.map((spec, i) => (i % 2 ? second : stack.driver).create(spec)));
    expect(made.every(({ ok }) => ok)).toBe(true);
    const devices = await Promise.all(
      specs.map(async ({ id }) => {
        const container = stack.docker.getContainer(`deckhand-${id}`);
        return (await execute(container, ['stat', '-c', '%d %i', '/work'])).stdout;
      }),
    );
    expect(new Set(devices).size).toBe(specs.length);
    await Promise.all(specs.map(({ id }) => stack.driver.remove(id)));
  });

  test('reconciling removes what nobody owns and is old enough, also pieces, and nothing else', async () => {
    const [owned, orphan] = [testSpec(), testSpec()];
    await Promise.all([owned, orphan].map(spec => stack.driver.create(spec)));
    const { id: foreign } = await other.sandbox();
    expect(await stack.driver.reconcile(new Set([owned.id]), 60_000)).toEqual([]);
    // Half of it is gone already.
    await stack.docker.getContainer(`deckhand-${orphan.id}`).remove({ force: true });
    expect(await stack.driver.reconcile(new Set([owned.id]), 0)).toEqual([orphan.id]);
    expect(await traces(orphan.id)).toEqual([]);
    expect(await stack.driver.inspect(owned.id)).toBe('running');
    expect(await other.driver.inspect(foreign)).toBe('running');
    await Promise.all([stack.driver.remove(owned.id), other.driver.remove(foreign)]);
  });

  test('helpers that somebody removed are there again after the next look', async () => {
    const kind = stack === folders ? 'folders' : 'images';
    await stack.docker.getContainer(diskHelperName(stack.name, kind)).remove({ force: true });
    await stack.docker.getContainer(`deckhand-${stack.name}-egress`).remove({ force: true });
    expect(await stack.driver.prepare()).toEqual({ ok: true });
    const { id } = await stack.sandbox();
    await stack.driver.remove(id);
    expect(await traces(id)).toEqual([]);
  });
});

test("a disk whose device is gone, as after a reboot, is not replaced by another's", async () => {
  const { id } = await stack.sandbox();
  const container = stack.docker.getContainer(`deckhand-${id}`);
  await container.kill();
  const disk = await diskOf(id);
  await onDisks(`rm /dev/deckhand-${disk}`);
  await expect(container.start()).rejects.toThrow(/no such (file|device)/i);
  await stack.driver.remove(id);
  expect(await traces(id, disk)).toEqual([]);
});

test('what cannot be removed is told and keeps nothing else from going; builds that never started go too', async () => {
  const [stuck, orphan] = [testSpec(), testSpec()];
  await Promise.all([stuck, orphan].map(spec => stack.driver.create(spec)));
  await stack.docker.getContainer(`deckhand-${stuck.id}`).remove({ force: true });
  const base = await stack.driver.baseImage();
  if (!base.ok) throw new Error(base.message);
  // Its volume is in use, which the engine refuses to remove.
  const user = await stack.docker.createContainer({
    Image: base.tag,
    HostConfig: { NetworkMode: 'none', Binds: [`${volumeName(stuck.id)}:/work`] },
  });
  const half = await stack.docker.createContainer({
    Image: base.tag,
    Labels: { [label.ours]: '1', [label.deployment]: stack.name, [label.role]: 'build' },
  });
  try {
    expect(await stack.driver.reconcile(new Set(), 0)).toEqual([orphan.id]);
    expect(stack.said.join('\n')).toContain(`not removed, tried again later: sandbox ${stuck.id}`);
    await expect(half.inspect()).rejects.toMatchObject({ statusCode: 404 });
  } finally {
    await user.remove({ force: true });
  }
  expect(await stack.driver.reconcile(new Set(), 0)).toEqual([stuck.id]);
  expect(await traces(stuck.id)).toEqual([]);
});

test('an engine that is not there is said to be down', async () => {
  const docker = new Docker({ socketPath: '/nonexistent/docker.sock' });
  const driver = dockerDriver({
    docker,
    deployment: 'none',
    egressSecret: 'x'.repeat(16),
    log: () => {},
    baseImage: async () => ({ ok: true, tag: 'none' }),
  });
  expect(await driver.inspect('sbx_none')).toBe('engine_down');
  expect(await driver.create(testSpec())).toMatchObject({ ok: false, code: 'engine_down' });
  expect(await driver.connect('sbx_none')).toMatchObject({ ok: false, code: 'engine_down' });
});
