import { afterAll, beforeAll, expect, test } from '@jest/globals';
import Docker from 'dockerode';
import { dockerDriver } from './docker/driver.ts';
import { execute } from './docker/exec.ts';
import { diskUnder, volumeName } from './docker/volume.ts';
import { openTestHouse, type TestHouse, testSpec } from './test-house.ts';

let house: TestHouse;
let other: TestHouse;

beforeAll(async () => {
  [house, other] = await Promise.all([openTestHouse(), openTestHouse()]);
}, 300_000);
afterAll(() => Promise.all([house?.close(), other?.close()]));

/** Everything on the engine that bears one of these names. */
async function traces(...names: string[]): Promise<string[]> {
  const containers = await house.docker.listContainers({ all: true });
  const { Volumes } = await house.docker.listVolumes();
  const { stdout } = await onDisks('ls -R /disks /dev; losetup -n -O BACK-FILE');
  const all = [
    ...containers.flatMap(({ Names }) => Names),
    ...Volumes.map(({ Name }) => Name),
    ...stdout.split('\n'),
  ];
  return all.filter(found => names.some(name => found.includes(name)));
}

const onDisks = (script: string) =>
  execute(house.docker.getContainer(`deckhand-${house.name}-disks`), ['sh', '-c', script]);

async function diskOf(id: string): Promise<string> {
  const disk = diskUnder(await house.docker.getVolume(volumeName(id)).inspect());
  if (!disk) throw new Error('no disk');
  return disk;
}

test('a sandbox is made, seen, and removed without a trace, however often', async () => {
  const { driver } = house;
  const spec = testSpec();
  expect(await driver.inspect(spec.id)).toBe('gone');
  expect(await driver.create(spec)).toEqual({ ok: true, from: 'base' });
  expect(await driver.inspect(spec.id)).toBe('running');
  expect(await driver.list()).toEqual([
    { id: spec.id, labels: spec.labels, createdAtMs: expect.any(Number), state: 'running' },
  ]);
  expect(await other.driver.list()).toEqual([]);
  await house.docker.getContainer(`deckhand-${spec.id}`).kill();
  expect(await driver.inspect(spec.id)).toBe('stopped');
  const disk = await diskOf(spec.id);
  // Container and volume; file, node and loop device.
  expect(await traces(spec.id, disk)).toHaveLength(5);
  await Promise.all([driver.remove(spec.id), house.anotherDriver().remove(spec.id)]);
  await driver.remove(spec.id);
  expect(await traces(spec.id, disk)).toEqual([]);
  expect(await driver.inspect(spec.id)).toBe('gone');
});

test('an id that is taken is refused, and who has it is left alone', async () => {
  const { id } = await house.sandbox();
  expect(await house.driver.create(testSpec({ id }))).toMatchObject({ ok: false, code: 'bad_request' });
  expect(await house.driver.inspect(id)).toBe('running');
  await house.driver.remove(id);
});

test('a sandbox that cannot be made leaves nothing behind', async () => {
  const spec = testSpec({ image: 'deckhand-no-such-image:1' });
  expect(await house.driver.create(spec)).toMatchObject({ ok: false, code: 'not_found' });
  expect(await traces(spec.id)).toEqual([]);
});

test('several at once, by two servers, each with a disk of its own', async () => {
  const second = house.anotherDriver();
  const specs = Array.from({ length: 6 }, () => testSpec());
  const made = await Promise.all(specs.map((spec, i) => (i % 2 ? second : house.driver).create(spec)));
  expect(made.every(({ ok }) => ok)).toBe(true);
  const devices = await Promise.all(
    specs.map(async ({ id }) => {
      const container = house.docker.getContainer(`deckhand-${id}`);
      return (await execute(container, ['stat', '-c', '%d', '/work'])).stdout;
    }),
  );
  expect(new Set(devices).size).toBe(specs.length);
  await Promise.all(specs.map(({ id }) => house.driver.remove(id)));
});

test("a disk whose device is gone, as after a reboot, is not replaced by another's", async () => {
  const { id } = await house.sandbox();
  const container = house.docker.getContainer(`deckhand-${id}`);
  await container.kill();
  const disk = await diskOf(id);
  await onDisks(`rm /dev/deckhand-${disk}`);
  await expect(container.start()).rejects.toThrow(/no such (file|device)/i);
  await house.driver.remove(id);
  expect(await traces(id, disk)).toEqual([]);
});

test('reconciling removes what nobody owns and is old enough, also pieces, and nothing else', async () => {
  const [owned, orphan] = [testSpec(), testSpec()];
  await Promise.all([owned, orphan].map(spec => house.driver.create(spec)));
  const { id: foreign } = await other.sandbox();
  expect(await house.driver.reconcile(new Set([owned.id]), 60_000)).toEqual([]);
  // Half of it is gone already.
  await house.docker.getContainer(`deckhand-${orphan.id}`).remove({ force: true });
  expect(await house.driver.reconcile(new Set([owned.id]), 0)).toEqual([orphan.id]);
  expect(await traces(orphan.id)).toEqual([]);
  expect(await house.driver.inspect(owned.id)).toBe('running');
  expect(await other.driver.inspect(foreign)).toBe('running');
  await house.driver.remove(owned.id);
});

test('helpers that somebody removed are there again after the next look', async () => {
  await house.docker.getContainer(`deckhand-${house.name}-disks`).remove({ force: true });
  await house.docker.getContainer(`deckhand-${house.name}-egress`).remove({ force: true });
  expect(await house.driver.prepare()).toEqual({ ok: true });
  const { id } = await house.sandbox();
  await house.driver.remove(id);
  expect(await traces(id)).toEqual([]);
});

test('an engine that is not there is said to be down', async () => {
  const docker = new Docker({ socketPath: '/nonexistent/docker.sock' });
  const driver = dockerDriver({
    docker,
    house: 'none',
    egressSecret: 'x'.repeat(16),
    log: () => {},
    baseImage: async () => ({ ok: true, tag: 'none' }),
  });
  expect(await driver.inspect('sbx_none')).toBe('engine_down');
  expect(await driver.create(testSpec())).toMatchObject({ ok: false, code: 'engine_down' });
  expect(await driver.connect('sbx_none')).toMatchObject({ ok: false, code: 'engine_down' });
});
