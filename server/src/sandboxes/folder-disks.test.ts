import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openTestStack, sh, type TestStack, testSpec } from '../../test/helpers/sandboxStack.ts';
import { openHands } from './channel/openHands.ts';
import { diskHelperName } from './docker/disks/diskHelper.ts';
import { execute } from './docker/exec.ts';
import type { SandboxSpec } from './driver.ts';
import type { Hands } from './hands.ts';

let stack: TestStack;
const open: Hands[] = [];

beforeAll(async () => {
  stack = await openTestStack({ diskKind: 'folders' });
});
afterAll(async () => {
  for (const hands of open) hands.close();
  await stack?.close();
});

const helper = () => stack.docker.getContainer(diskHelperName(stack.name, 'folders'));
const onDisks = async (script: string) => (await execute(helper(), ['sh', '-c', script])).stdout.trim();

async function start(disk?: SandboxSpec['disk']): Promise<{ id: string; hands: Hands; from: string }> {
  const spec = testSpec(disk ? { disk } : {});
  const made = await stack.driver.create(spec);
  if (!made.ok) throw new Error(made.message);
  const opened = await openHands({ driver: stack.driver, sandboxId: spec.id, fence: 1 });
  if (!opened.ok) throw new Error(opened.message);
  open.push(opened.hands);
  return { id: spec.id, hands: opened.hands, from: made.from };
}

async function end(...sandboxes: { id: string; hands: Hands }[]): Promise<void> {
  for (const { hands } of sandboxes) hands.close();
  await Promise.all(sandboxes.map(({ id }) => stack.driver.remove(id)));
}

test('what such an engine cannot do is told, and nothing else', async () => {
  expect(await stack.driver.capabilities()).toEqual({ diskLimit: false, instantCopies: false });
});

test('files are kept with their rights, links and times, and who starts from them disturbs nobody', async () => {
  const first = await start();
  const digest = 'cd /work/repo; find . -printf "%p %m %u %l %T@ %n\\n" | sort | sha256sum';
  await sh(
    first.hands,
    'cd /work/repo; mkdir -p deep/er; echo x > deep/er/f; chmod 400 deep/er/f; chmod 500 deep/er; ln -s deep/er/f soft; ln soft hard; mkfifo pipe; touch -d 2001-02-03 old; chmod 4755 old',
  );
  const was = await sh(first.hands, digest);
  expect(
    await stack.driver.snapshot(first.id, 'tree', { kind: 'image', labels: { commit: 'abc' } }),
  ).toMatchObject({
    ok: true,
  });
  const [second, third] = [await start({ from: 'tree' }), await start({ from: 'tree', isLast: false })];
  expect(second.from).toBe('image');
  expect(await sh(second.hands, digest)).toBe(was);
  await sh(
    second.hands,
    'echo mine > /work/repo/mine; chmod 700 /work/repo/deep/er; rm -f /work/repo/deep/er/f',
  );
  expect(await sh(third.hands, digest)).toBe(was);
  expect(await stack.driver.listDisks()).toEqual([
    {
      name: 'tree',
      kind: 'image',
      labels: { commit: 'abc', sandbox: first.id },
      createdAtMs: expect.any(Number),
      bytes: expect.any(Number),
    },
  ]);
  await end(first, second, third);
  await stack.driver.removeDisk('tree');
  expect(await onDisks('ls -A /disks/folders/files')).toBe('');
});

test('a copy is of one moment: who writes waits for it, and goes on', async () => {
  const { id, hands } = await start();
  // Two numbers that are always the same but for the moment between two writes.
  await sh(hands, 'cd /work; head -c 30M /dev/urandom > middle; echo 0 > a; echo 0 > z');
  await sh(
    hands,
    '(i=0; while [ ! -e /tmp/stop ]; do i=$((i+1)); echo $i > /work/b; mv /work/b /work/a; echo $i > /work/b; mv /work/b /work/z; done) >/dev/null 2>&1 &',
  );
  for (let round = 0; round < 3; round++) {
    expect(await stack.driver.snapshot(id, 'moment')).toMatchObject({ ok: true });
    const copy = await start({ from: 'moment' });
    const [a = 0, z = 0] = (await sh(copy.hands, 'cat /work/a /work/z')).split('\n').map(Number);
    expect(Math.abs(a - z)).toBeLessThanOrEqual(1);
    await end(copy);
  }
  const before = Number(await sh(hands, 'cat /work/z'));
  expect(Number(await sh(hands, 'sleep 0.3; cat /work/z; touch /tmp/stop'))).toBeGreaterThan(before);
  await end({ id, hands });
  await stack.driver.removeDisk('moment');
});

test('a sandbox that sleeps is taken up where it was, without a copy; and given up on, it can be taken up again', async () => {
  const { id, hands } = await start();
  await sh(hands, 'echo kept > /work/repo/untracked; head -c 5M /dev/zero > /work/zeros');
  const inode = await sh(hands, 'stat -c %i /work/repo/untracked');
  hands.close();
  expect(await stack.driver.sleep(id, 'sleep-a')).toMatchObject({ ok: true });
  expect(await stack.driver.inspect(id)).toBe('gone');
  expect(await stack.driver.sleep(id, 'sleep-a')).toMatchObject({ ok: true });
  const first = await start({ from: 'sleep-a', isLast: true });
  expect(first.from).toBe('snapshot');
  expect(await sh(first.hands, 'stat -c %i untracked; cat untracked')).toBe(`${inode}\nkept`);
  // Somebody else who wants it meanwhile gets a disk of their own.
  const other = await start({ from: 'sleep-a', isLast: true });
  expect(await sh(other.hands, 'stat -c %i untracked')).not.toBe(inode);
  await end(first, other);
  const again = await start({ from: 'sleep-a', isLast: true });
  await stack.driver.removeDisk('sleep-a');
  expect(await sh(again.hands, 'stat -c %i untracked; cat untracked')).toBe(`${inode}\nkept`);
  await end(again);
  expect(
    await onDisks('ls -A /disks/folders/files /disks/folders/live /disks/folders/named | grep -v : | grep .'),
  ).toBe('');
});

test('the helper and a server in the middle may go: what was saved stays, unwanted names go', async () => {
  const { id, hands } = await start();
  await sh(hands, 'echo alive > /work/a');
  for (const name of ['wanted', 'unwanted']) await stack.driver.snapshot(id, name);
  await helper().remove({ force: true });
  expect(await stack.driver.reconcile(new Set([id]), 0)).toEqual([]);
  expect(await stack.driver.reconcile(new Set([id]), 0, new Set(['wanted']))).toEqual(['unwanted']);
  const copy = await start({ from: 'wanted' });
  expect(await sh(copy.hands, 'cat /work/a')).toBe('alive');
  expect((await stack.driver.diskUsage()).freeBytes).toBeGreaterThan(0);
  await end({ id, hands }, copy);
});

test('what a sandbox leaves behind its links is not followed out of its disk', async () => {
  const { id, hands } = await start();
  await sh(hands, 'cd /work; ln -s /etc/passwd file; ln -s / all; ln -s ../../named up');
  await stack.driver.snapshot(id, 'links');
  const copy = await start({ from: 'links' });
  expect(await sh(copy.hands, 'readlink /work/file /work/all /work/up')).toBe('/etc/passwd\n/\n../../named');
  await end({ id, hands }, copy);
  await stack.driver.removeDisk('links');
  expect(await onDisks('test -e /etc/passwd && ls -A /disks/folders')).toBe('files\nlive\nnamed');
});
