import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  newCallId,
  openTestStack,
  sh,
  type TestStack,
  testLimits,
  testSpec,
} from '../../test/helpers/sandboxStack.ts';
import { openHands } from './channel/openHands.ts';
import { execute } from './docker/exec.ts';
import type { Hands } from './hands.ts';

let stack: TestStack;
const open: Hands[] = [];
const mib = 1024 * 1024;
const limits = { ...testLimits, diskBytes: 1024 * mib };

beforeAll(async () => {
  stack = await openTestStack();
});
afterAll(async () => {
  for (const hands of open) hands.close();
  await stack?.close();
});

const helper = () => stack.docker.getContainer(`deckhand-${stack.name}-disks`);
const onDisks = async (script: string) => (await execute(helper(), ['sh', '-c', script])).stdout.trim();
const removeHelper = () => helper().remove({ force: true });

async function start(from?: string): Promise<{ id: string; hands: Hands; from: string }> {
  const spec = testSpec({ limits, ...(from ? { disk: { from } } : {}) });
  const made = await stack.driver.create(spec);
  if (!made.ok) throw new Error(made.message);
  const opened = await openHands({ driver: stack.driver, sandboxId: spec.id, fence: 1 });
  if (!opened.ok) throw new Error(opened.message);
  open.push(opened.hands);
  return { id: spec.id, hands: opened.hands, from: made.from };
}

const tree = `python3 - <<'P'
import os
for d in range(200):
  os.makedirs(f"/work/repo/node_modules/{d}")
  for i in range(100):
    with open(f"/work/repo/node_modules/{d}/{i}", "w") as f: f.write(f"{d} {i} " * 100)
P
cd /work/repo; git init -q .; echo node_modules > .gitignore; ln -s node_modules/1/2 link; printf x > tool; chmod 751 tool`;
/** Of names, modes, targets and contents. */
const digest =
  'cd /work/repo; (find . -printf "%p %m %l\\n" | sort; find . -type f -print0 | sort -z | xargs -0 cat) | sha256sum';
/** The journal replayed, as a mount does it, and then everything checked. */
const check = (name: string) =>
  `cp --reflink=always /disks/store/named/${name} /disks/store/check && ` +
  'e2fsck -E journal_only -p /disks/store/check >/dev/null; e2fsck -fn /disks/store/check >/dev/null 2>&1; echo $?; rm /disks/store/check';

test('twenty thousand files are kept, and a sandbox that starts from them has every one', async () => {
  const first = await start();
  await sh(first.hands, tree);
  const was = await sh(first.hands, digest);
  await sh(first.hands, 'echo hidden-marker > /tmp/secret; echo hidden-marker > /run/deckhand/secret');
  expect(
    await stack.driver.snapshot(first.id, 'tree', { kind: 'image', labels: { commit: 'abc' } }),
  ).toMatchObject({ ok: true, bytes: expect.any(Number) });
  await sh(first.hands, 'echo later > /work/repo/later; rm -rf node_modules');

  const [second, third] = [await start('tree'), await start('tree')];
  expect(second.from).toBe('image');
  expect(await sh(second.hands, digest)).toBe(was);
  await sh(second.hands, 'echo mine > /work/repo/mine');
  expect(await sh(third.hands, 'ls /work/repo')).toBe('link\nnode_modules\ntool');
  expect(await onDisks(check('tree'))).toBe('0');
  expect(await onDisks('grep -c hidden-marker /disks/store/named/tree')).toBe('0');
  expect(await stack.driver.listDisks()).toContainEqual({
    name: 'tree',
    kind: 'image',
    labels: { commit: 'abc', sandbox: first.id },
    createdAtMs: expect.any(Number),
    bytes: expect.any(Number),
  });
  for (const { id } of [first, second, third]) await stack.driver.remove(id);
});

test('a disk that is written to while it is copied is whole, and has what was synced before', async () => {
  const { id, hands } = await start();
  await sh(hands, 'cd /work; echo here > marker; sync marker');
  const writer = hands.call({
    callId: newCallId(),
    tool: 'bash',
    input: {
      command:
        'i=0; while [ ! -e /tmp/stop ]; do i=$((i+1)); mkdir -p d$i; echo $i > d$i/f; mv d$i e$i; done',
    },
  });
  for (let round = 0; round < 5; round++) {
    expect(await stack.driver.snapshot(id, 'busy')).toMatchObject({ ok: true });
    expect(await onDisks(check('busy'))).toBe('0');
  }
  await sh(hands, 'touch /tmp/stop');
  expect(await writer).toMatchObject({ status: 'finished', ok: true });
  const copy = await start('busy');
  expect(await sh(copy.hands, 'cat /work/marker')).toBe('here');
  await Promise.all([id, copy.id].map(each => stack.driver.remove(each)));
});

/** Two hundred by `npm run test:faults`. */
const turns = process.env.DECKHAND_TEST_FAULTS === undefined ? 40 : 200;

test('very many snapshots, each of a sandbox that goes on from the last, cost what was changed', async () => {
  const { driver } = stack;
  let { id, hands } = await start();
  await sh(hands, 'head -c 40M /dev/urandom > /work/big');
  await driver.snapshot(id, 'chain');
  const before = (await driver.diskUsage()).usedBytes;
  for (let turn = 1; turn <= turns; turn++) {
    await sh(hands, `echo ${turn} >> /work/turns`);
    expect(await driver.snapshot(id, 'chain')).toMatchObject({ ok: true });
    if (turn % 10 !== 0) continue;
    await driver.remove(id);
    ({ id, hands } = await start('chain'));
  }
  expect(await sh(hands, 'wc -l < /work/turns; stat -c %s /work/big')).toBe(`${turns}\n${40 * mib}`);
  await driver.remove(id);
  expect((await driver.diskUsage()).usedBytes - before).toBeLessThan(40 * mib);
});

test('a sandbox that sleeps goes on where it was, and asleep there is nothing of it but the disk', async () => {
  const { id, hands } = await start();
  await sh(hands, 'echo kept > /work/repo/untracked');
  expect(await stack.driver.sleep(id, 'asleep')).toMatchObject({ ok: true });
  expect(await stack.driver.inspect(id)).toBe('gone');
  expect(await onDisks('ls /disks/store/live; ls /dev | grep deckhand-disk-nothing')).toBe('');
  expect(await stack.driver.sleep(id, 'asleep')).toMatchObject({ ok: true });
  const again = await start('asleep');
  expect(again.from).toBe('snapshot');
  expect(await sh(again.hands, 'cat untracked')).toBe('kept');
  await stack.driver.remove(again.id);
});

test('a copy that is killed leaves the snapshot before it, and nothing else', async () => {
  const { id, hands } = await start();
  await sh(hands, 'echo one > /work/v');
  await stack.driver.snapshot(id, 'steady');
  await sh(hands, 'echo two > /work/v; head -c 100M /dev/urandom > /work/much');
  await onDisks('touch /tmp/kill');
  // Whichever of its processes there is at the time; the first that is hit ends the hunt.
  const hunt = onDisks('while [ -e /tmp/kill ]; do pkill -9 -x "cp|sync|unshare" && break; done; true');
  let failed = false;
  for (let tries = 0; tries < 50 && !failed; tries++)
    failed = !(await stack.driver.snapshot(id, 'steady', { labels: { failed: String(tries) } })).ok;
  await onDisks('rm -f /tmp/kill');
  await hunt;
  expect(failed).toBe(true);
  expect(
    await onDisks('ls /disks/store/files | grep -c "^steady.*img$"; find /disks/store/files -type l'),
  ).toBe('1');
  const copy = await start('steady');
  expect(await sh(copy.hands, 'cat /work/v')).toMatch(/^(one|two)$/);
  expect(await stack.driver.snapshot(id, 'steady')).toMatchObject({ ok: true });
  await Promise.all([id, copy.id].map(each => stack.driver.remove(each)));
});

test('running sandboxes and saved disks outlive the helper, also with the store unmounted', async () => {
  const { id, hands } = await start();
  await sh(hands, 'echo alive > /work/a');
  await stack.driver.snapshot(id, 'outlives');
  await removeHelper();
  await sh(hands, 'echo on >> /work/a; sync /work/a');
  const other = await start('outlives');
  expect(await sh(other.hands, 'cat /work/a')).toBe('alive');
  expect(await stack.driver.snapshot(id, 'outlives')).toMatchObject({ ok: true });
  // One mount and one device, however many helpers there were.
  expect(await onDisks('losetup -n -O NAME -j /disks/store.img | wc -l')).toBe('1');
  await Promise.all([id, other.id].map(each => stack.driver.remove(each)));
  await removeHelper();
  await delay(200);
  const restored = await start('outlives');
  expect(await sh(restored.hands, 'cat /work/a')).toBe('alive\non');
  await stack.driver.remove(restored.id);
});

test('a budget that is used up refuses to save, and what was saved stays good', async () => {
  const small = await openTestStack({ diskBudgetBytes: 64 * mib });
  try {
    const { id, hands } = await small.sandbox();
    await sh(hands, 'echo one > /work/v');
    expect(await small.driver.snapshot(id, 'full')).toMatchObject({ ok: true });
    await sh(hands, 'echo two > /work/v; head -c 80M /dev/urandom > /work/much; sync /work/much');
    expect(await small.driver.snapshot(id, 'full')).toMatchObject({ ok: false, code: 'disk_full' });
    expect((await small.driver.diskUsage()).freeBytes).toBe(0);
    await sh(hands, 'rm /work/much; sync -f /work');
    await small.driver.remove(id);
    const copy = testSpec({ disk: { from: 'full' } });
    for (let tries = 0; tries < 20 && !(await small.driver.create(copy)).ok; tries++) await delay(200);
    const opened = await openHands({ driver: small.driver, sandboxId: copy.id, fence: 1 });
    if (!opened.ok) throw new Error(opened.message);
    expect(await sh(opened.hands, 'cat /work/v')).toBe('one');
    opened.hands.close();
  } finally {
    await small.close();
  }
});

test('names that nobody wants go, wanted ones and other houses stay, and unknown ones are not found', async () => {
  const { driver } = stack;
  const { id } = await start();
  for (const name of ['wanted', 'unwanted']) await driver.snapshot(id, name);
  expect(await driver.reconcile(new Set([id]), 0)).toEqual([]);
  expect(await driver.reconcile(new Set([id]), 0, new Set(['wanted']))).toContain('unwanted');
  expect((await driver.listDisks()).map(({ name }) => name)).toEqual(['wanted']);
  await driver.removeDisk('wanted');
  await driver.removeDisk('wanted');
  expect(await driver.create(testSpec({ disk: { from: 'wanted' } }))).toMatchObject({
    ok: false,
    code: 'not_found',
  });
  expect(await driver.snapshot(id, '../escape')).toMatchObject({ ok: false, code: 'bad_request' });
  expect(await driver.snapshot('sbx_nobody', 'x')).toMatchObject({ ok: false, code: 'sandbox_lost' });
  expect(await onDisks('ls /disks/store/files')).toBe('');
  await driver.remove(id);
});

test('a disk grows with the limits of who starts from it', async () => {
  const { id } = await stack.sandbox();
  await stack.driver.snapshot(id, 'narrow');
  const wide = await start('narrow');
  expect(Number(await sh(wide.hands, 'df -B1 --output=size /work | tail -1'))).toBeGreaterThan(800 * mib);
  await Promise.all([id, wide.id].map(each => stack.driver.remove(each)));
});
