import { newId } from '@deckhand/shared';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { pino } from 'pino';
import {
  openTestStack,
  sh,
  type TestStack,
  testLimits,
  testSpec,
} from '../../../test/helpers/sandboxStack.ts';
import { actorOf, ana, newSession, openTestStore } from '../../../test/helpers/testStore.ts';
import { rewindSession } from '../../sessions/history/rewind.ts';
import { readTurns, type TurnRecord, turnDisk } from '../../sessions/run/turnRecords.ts';
import { commit } from '../../sessions/store/commit.ts';
import { part, sessionKey } from '../../sessions/store/keys.ts';
import { readMeta } from '../../sessions/store/meta.ts';
import type { Store } from '../../sessions/store/store.ts';
import { openHands } from '../channel/openHands.ts';
import type { SandboxDriver } from '../driver.ts';
import type { Hands } from '../hands.ts';
import { SnapshotRecords } from './records.ts';
import { snapshotsOldestFirst, wantedSnapshots } from './retention.ts';
import { Snapshots } from './snapshots.ts';

const mib = 1024 * 1024;
const limits = { ...testLimits, diskBytes: 1024 * mib };
let stack: TestStack;
let redis: Awaited<ReturnType<typeof openTestStore>>;
let store: Store;
const log: { warnings: string[] } = { warnings: [] };
const logger = pino({ level: 'warn' }, { write: (text: string) => void log.warnings.push(text) });
const open: Hands[] = [];

beforeAll(async () => {
  [stack, redis] = await Promise.all([openTestStack(), openTestStore()]);
  store = redis.store;
});
afterAll(async () => {
  for (const hands of open) hands.close();
  await stack?.close();
  await redis?.close();
});

const snapshotsOn = (driver: SandboxDriver, kept = 5) =>
  new Snapshots({ store, engine: async () => ({ ok: true, driver }), kept, log: logger });

async function start(driver: SandboxDriver, from?: string): Promise<{ id: string; hands: Hands }> {
  const spec = testSpec({ limits, ...(from ? { disk: { from } } : {}) });
  const made = await driver.create(spec);
  if (!made.ok) throw new Error(made.message);
  const opened = await openHands({ driver, sandboxId: spec.id, fence: 1 });
  if (!opened.ok) throw new Error(opened.message);
  open.push(opened.hands);
  return { id: spec.id, hands: opened.hands };
}

/** A session that stands at the end of one more turn, which used this sandbox. */
async function turnEnds(
  sessionId: string,
  sandboxId: string,
): Promise<{ sessionId: string; turnId: string }> {
  const [meta, turns] = await Promise.all([readMeta(store, sessionId), readTurns(store, sessionId)]);
  const turnId = newId('turn');
  const record: TurnRecord = {
    turnId,
    n: turns.length + 1,
    seq: meta?.last ?? 0,
    atMs: Date.now(),
    outcome: 'done',
    title: 'Go on',
    after: meta?.turnHead ?? null,
    refSha: null,
    baseSha: null,
    branch: null,
    contextLength: 0,
    contextSkips: [],
    disk: turnDisk(turnId),
    root: null,
  };
  await commit(store, sessionId, {
    checks: [],
    ops: [
      ['HSET', part.meta, 'sandboxId', sandboxId, 'turnHead', turnId],
      ['HSET', part.turns, turnId, JSON.stringify(record)],
    ],
  });
  return { sessionId, turnId };
}

const disksOf = async (sessionId: string, driver = stack.driver) =>
  (await driver.listDisks()).filter(({ labels }) => labels.session === sessionId).map(({ name }) => name);

test('after two hundred turns the last five and the named ones are there, whole, and cost what was changed', async () => {
  const { driver } = stack;
  const snapshots = snapshotsOn(driver);
  const sessionId = await newSession(store);
  const { id, hands } = await start(driver);
  await sh(
    hands,
    'mkdir -p repo/cache && cd repo && git init -q . && echo cache > .gitignore && seq 1 200000 > cache/big',
  );
  const before = (await driver.diskUsage()).usedBytes;
  const turns: string[] = [];
  for (let turn = 1; turn <= 200; turn++) {
    await sh(
      hands,
      `cd repo; echo ${turn} >> tracked; echo ${turn} >> cache/ignored; seq ${turn} ${turn + 999} > cache/${turn % 7}`,
    );
    const ended = await turnEnds(sessionId, id);
    turns.push(ended.turnId);
    snapshots.takeBehind(ended);
    await snapshots.settled(sessionId);
    if (turn !== 100) continue;
    const [named] = (await readTurns(store, sessionId)).slice(-1);
    expect(await snapshots.name(named ?? { n: 0, disk: null }, 'half way')).toEqual({ ok: true });
  }
  const kept = [turns[99] ?? '', ...turns.slice(-5)].map(turnDisk);
  expect((await disksOf(sessionId)).toSorted()).toEqual(kept.toSorted());
  expect([...(await snapshots.kept(turns.map(turnDisk))).keys()].toSorted()).toEqual(kept.toSorted());
  expect((await driver.diskUsage()).usedBytes - before).toBeLessThan(40 * mib);

  await driver.remove(id);
  const last = await start(driver, kept.at(-1));
  const look =
    'cd repo; wc -l < tracked; tail -1 cache/ignored; wc -l < cache/ignored; wc -l < cache/big; git status --short';
  expect(await sh(last.hands, look)).toBe('200\n200\n200\n200000\n?? .gitignore\n?? tracked');
  const half = await start(driver, kept[0]);
  expect(await sh(half.hands, 'cd repo; wc -l < tracked; tail -1 cache/ignored')).toBe('100\n100');
  for (const each of [last, half]) await driver.remove(each.id);
});

test('a snapshot that a turn overtakes is given up, and the one before stays good', async () => {
  const { driver } = stack;
  const sessionId = await newSession(store);
  const { id, hands } = await start(driver);
  await sh(hands, 'echo one > /work/v');
  const first = await turnEnds(sessionId, id);
  const snapshots = snapshotsOn(driver);
  snapshots.takeBehind(first);
  await snapshots.settled(sessionId);
  const second = await turnEnds(sessionId, id);
  // The next turn uses the sandbox while the copy is made.
  const overtaken = snapshotsOn({
    ...driver,
    snapshot: async (...args) => {
      const taken = await driver.snapshot(...args);
      await turnEnds(sessionId, id);
      return taken;
    },
  });
  overtaken.takeBehind(second);
  await overtaken.settled(sessionId);
  expect(await disksOf(sessionId)).toEqual([turnDisk(first.turnId)]);
  expect(await overtaken.kept([turnDisk(second.turnId)])).toEqual(new Map());
  await driver.remove(id);
});

test('whoever erases a session and sees no snapshot being taken finds no disk of it afterwards', async () => {
  const { driver } = stack;
  const sessionId = await newSession(store);
  const { id } = await start(driver);
  const { turnId } = await turnEnds(sessionId, id);
  const disk = turnDisk(turnId);
  const archive = () =>
    commit(store, sessionId, { checks: [], ops: [['HSET', part.meta, 'state', 'archived']] });
  const isTaken = async () => (await new SnapshotRecords(store).some([disk])).get(disk)?.state === 'taking';
  const seen: string[] = [];
  // Archived while the copy is made: its record stays until the disk is gone.
  const behind = snapshotsOn({
    ...driver,
    snapshot: async (...args) => {
      const taken = await driver.snapshot(...args);
      await archive();
      return taken;
    },
    removeDisk: async name => {
      await driver.removeDisk(name);
      seen.push(`removed, record there: ${await isTaken()}`);
    },
  });
  behind.takeBehind({ sessionId, turnId });
  await behind.settled(sessionId);
  expect(seen).toEqual(['removed, record there: true']);
  expect(await isTaken()).toBe(false);
  await driver.remove(id);
});

test('a disk that is full in the middle leaves the snapshot before it good, and says why there is no other', async () => {
  const small = await openTestStack({ diskBudgetBytes: 64 * mib });
  try {
    const { driver } = small;
    const snapshots = snapshotsOn(driver);
    const sessionId = await newSession(store);
    const { id, hands } = await start(driver);
    await sh(hands, 'echo one > /work/v');
    const first = await turnEnds(sessionId, id);
    snapshots.takeBehind(first);
    await snapshots.settled(sessionId);
    await sh(hands, 'echo two > /work/v; head -c 80M /dev/urandom > /work/much; sync /work/much');
    const second = await turnEnds(sessionId, id);
    snapshots.takeBehind(second);
    await snapshots.settled(sessionId);
    expect(log.warnings.join()).toContain('The budget for disks is used up');
    const disks = [first, second].map(({ turnId }) => turnDisk(turnId));
    expect([...(await snapshots.kept(disks)).keys()]).toEqual(disks.slice(0, 1));
    expect(await disksOf(sessionId, driver)).toEqual(disks.slice(0, 1));
  } finally {
    await small.close();
  }
});

test('where copies take long none is taken, and that is said once', async () => {
  const { driver } = stack;
  const slow = {
    ...driver,
    capabilities: async () => ({ ...(await driver.capabilities()), instantCopies: false }),
  };
  const snapshots = snapshotsOn(slow);
  const sessionId = await newSession(store);
  const { id } = await start(driver);
  const said = log.warnings.length;
  for (let turn = 0; turn < 3; turn++) {
    snapshots.takeBehind(await turnEnds(sessionId, id));
    await snapshots.settled(sessionId);
  }
  expect(await disksOf(sessionId)).toEqual([]);
  expect(log.warnings.slice(said)).toHaveLength(1);
  await driver.remove(id);
});

test('what crashed in the middle is wanted by nobody; what is named, claimed or spare is, and goes in that order', async () => {
  const records = new SnapshotRecords(store);
  for (const disk of (await records.all()).keys()) await records.forget(disk);
  const sessionId = await newSession(store);
  const forkId = await newSession(store);
  const nowMs = Date.now();
  const record = (turnId: string, agoMs: number) => ({
    sessionId,
    turnId,
    atMs: nowMs - agoMs,
    root: 'root-of-it',
    state: 'kept' as const,
    claims: [],
  });
  await records.add('crashed', { ...record('a', 3 * 60_000), state: 'taking' });
  await records.add('taking', { ...record('b', 1_000), state: 'taking' });
  await records.add('newer', record('c', 5_000));
  await records.add('older', record('d', 9_000));
  await records.add('claimed', record('e', 20_000));
  await records.add('named', { ...record('f', 30_000), name: 'keep me' });
  const snapshots = snapshotsOn(stack.driver);
  expect(await snapshots.claim('claimed', forkId)).toBe(true);
  await store.hset(sessionKey(forkId, part.meta), 'disk', 'claimed');

  const order = ['older', 'newer', 'claimed', 'named'];
  expect((await snapshotsOldestFirst(store)).map(({ disk }) => disk)).toEqual(order);
  expect(await wantedSnapshots(store)).toEqual({
    disks: new Set(['taking', ...order]),
    roots: new Set(['root-of-it']),
  });
  expect([...(await records.all()).keys()]).not.toContain('crashed');
  // The fork has begun from it: nothing holds it any more but its age.
  await store.hset(sessionKey(forkId, part.meta), 'disk', '');
  expect((await snapshotsOldestFirst(store)).map(({ disk, hold }) => [disk, hold])).toContainEqual([
    'claimed',
    'spare',
  ]);
  await store.hset(sessionKey(sessionId, part.meta), 'state', 'archived');
  expect((await wantedSnapshots(store)).disks).toEqual(new Set(['taking', 'named']));
});

test('a claim that comes while a snapshot is dropped wins, or is told that there is none', async () => {
  const records = new SnapshotRecords(store);
  const snapshots = snapshotsOn(stack.driver);
  const sessionId = await newSession(store);
  for (let round = 0; round < 50; round++) {
    const disk = `race-${round}`;
    const record = { sessionId, turnId: disk, atMs: 0, root: null, state: 'kept' as const, claims: [] };
    await records.add(disk, record);
    const [claimed, removed] = await Promise.all([
      snapshots.claim(disk, 'ses_000000'),
      records.remove(disk, record),
    ]);
    expect(claimed).toBe(!removed);
    await records.forget(disk);
  }
});

test('a session that rests is rewound once, however many ask at once', async () => {
  const sessionId = await newSession(store);
  const first = await turnEnds(sessionId, 'sbx_none');
  await turnEnds(sessionId, 'sbx_none');
  const request = { turnId: first.turnId, actor: actorOf(ana), disk: null };
  const all = await Promise.all(Array.from({ length: 6 }, () => rewindSession(store, sessionId, request)));
  expect(all.every(({ ok }) => ok)).toBe(true);
  const meta = await readMeta(store, sessionId);
  expect(meta).toMatchObject({ turnHead: first.turnId, branchState: { k: 2 }, sandboxId: null });
});
