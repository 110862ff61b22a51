import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newId } from '@deckhand/shared';
import { pino } from 'pino';
import { RepoCatalog } from '../../src/repos/catalog.ts';
import { localHost } from '../../src/repos/local.ts';
import { Repos } from '../../src/repos/repos.ts';
import { openHands } from '../../src/sandboxes/channel/openHands.ts';
import { EnvironmentSecrets } from '../../src/sandboxes/environments/secrets.ts';
import { ImageRecords } from '../../src/sandboxes/images/imageRecords.ts';
import { runBuild } from '../../src/sandboxes/images/runBuild.ts';
import { Capacity } from '../../src/sandboxes/lifecycle/admission.ts';
import { type Ownership, OwnershipRecords, SleepingDisks } from '../../src/sandboxes/lifecycle/ownership.ts';
import { Pool } from '../../src/sandboxes/pool/pool.ts';
import { Sandboxes } from '../../src/sandboxes/sandboxes.ts';
import { takeBranch } from '../../src/sandboxes/worktree/checkout.ts';
import { toFailure } from '../../src/sandboxes/worktree/script.ts';
import { newCallId, openTestStack, testLimits } from '../helpers/sandboxStack.ts';
import { openTestStore } from '../helpers/testStore.ts';
import { execBare, figures, removeBare, startBare } from './engineFigures.ts';

/**
 * Claims from a pool of a repository with an image, and its refills, beside the bare engine; prints JSON. Run by
 * `npm run bench`. Refills go on while somebody claims, and others hold sandboxes, as in life.
 */
const claims = 24;
const size = 4;
const others = 20;
const repoId = 'shop';
const ana = { name: 'Ana', email: 'ana@users.deckhand.invalid' };

const [stack, redis] = await Promise.all([openTestStack(), openTestStore()]);
const dir = await mkdtemp(join(tmpdir(), 'deckhand-pool-bench-'));
const catalog = await repository();
const { store } = redis;
const { driver, docker } = stack;
const { all, note, time } = figures();
const log = pino({ level: 'silent' });
const records = new OwnershipRecords(store);
const sandboxes = new Sandboxes({
  engine: async () => ({ ok: true, driver }),
  open: async (on, sandboxId, owner) => {
    const opened = await openHands({ driver: on, sandboxId, ...owner });
    return opened.ok ? opened : toFailure(opened);
  },
  records,
  disks: new SleepingDisks(store),
  images: new ImageRecords(store),
  capacity: new Capacity({
    store,
    records,
    most: 40,
    memoryBytes: undefined,
    memory: () => driver.memoryUsage(),
    disk: () => driver.diskUsage(),
    makeRoom: async () => false,
  }),
  repos: new Repos(catalog, { local: localHost(() => ''), github: null }, join(dir, 'mirrors')),
  secrets: new EnvironmentSecrets(store, 'a secret of this bench'),
  limits: { ...testLimits, cpus: 2, diskBytes: 10 * 1024 ** 3 },
  commandTimeoutMs: 60_000,
  clock: Date.now,
  log,
});
const pool = new Pool(sandboxes, { store, min: size, max: size, total: size, now: Date.now });

async function repository(): Promise<RepoCatalog> {
  const url = join(dir, 'shop.git');
  const work = join(dir, 'work');
  const git = (...args: string[]) => execFileSync('git', ['-C', work, ...args], { stdio: 'ignore' });
  await mkdir(join(work, 'src'), { recursive: true });
  for (let n = 0; n < 500; n++) await writeFile(join(work, 'src', `${n}.js`), `export const n = ${n};\n`);
  await writeFile(join(work, 'README.md'), 'Shop\n');
  git('init', '-q', '-b', 'main');
  git('add', '-A');
  git('-c', 'user.name=Ana', '-c', 'user.email=ana@example.test', 'commit', '-qm', 'One');
  git('clone', '-q', '--bare', work, url);
  const file = join(dir, 'repos.json');
  await writeFile(file, JSON.stringify({ repos: [{ id: repoId, url }] }));
  const found = new RepoCatalog(file, 'github.com', () => {});
  await found.start();
  return found;
}

/** Until the pool is as it should be; each that it makes is a figure. */
async function fill(): Promise<void> {
  for (;;) {
    const beganMs = performance.now();
    if (!(await pool.keep())) return;
    note('refill', performance.now() - beganMs);
  }
}

async function claim(round: number): Promise<void> {
  const sessionId = `ses_${round}`;
  const beganMs = performance.now();
  const record = await time('record', () => pool.claim(repoId, { owner: 'session', claimId: sessionId }));
  if (!record) throw new Error('the pool was empty');
  const isOpen = sandboxes.isBridged(record.sandboxId);
  const bridge = await time('hands', () => sandboxes.bridge(record, 1));
  if (!bridge.ok || !isOpen) throw new Error('the bridge of an entry was not open');
  note('claim', performance.now() - beganMs);
  const { hands } = bridge;
  const taken = await time('branch', () => takeBranch(hands, { branch: `deckhand/${round}`, author: ana }));
  if (!taken.ok) throw new Error(taken.message);
  const call = { callId: newCallId(), tool: 'read' as const, input: { path: 'README.md' } };
  const answer = await time('first read', () => hands.call(call));
  if (answer.status !== 'finished') throw new Error(`the first read is ${answer.status}`);
  note('until a first read', performance.now() - beganMs);
  used.push(record);
}

const used: Ownership[] = [];
try {
  const build = { buildId: newId('build'), repoId, orgId: 'default', cause: 'person' as const, clean: false };
  const built = await runBuild({ store, sandboxes, log }, build, new AbortController().signal);
  if (built !== 'built') throw new Error(`the image is ${built}`);
  for (let n = 0; n < others; n++) {
    const more = { owner: 'session', claimId: `ses_other${n}`, repoId: 'other', orgId: 'default' } as const;
    await records.add({ ...more, sandboxId: `sbx_other${n}`, createdAtMs: Date.now() });
  }
  const { tag } = await baseImage();
  for (let round = 0; round < 10; round++) {
    const bare = await time('bare', () => startBare(docker, tag));
    note('bare exec', await execBare(bare, ['cat', '/etc/hostname']));
    await removeBare(bare);
  }
  await fill();
  for (let round = 0; round < claims; round++) {
    // The keeper begins the moment that one is taken.
    let refilled: Promise<void> | undefined;
    pool.onTaken(() => {
      refilled = fill();
    });
    await claim(round);
    await refilled;
    for (const record of used.splice(0)) await sandboxes.discard(record);
  }
  for (let round = 0; round < 5; round++) await time('memory measured', () => driver.memoryUsage());
  process.stdout.write(JSON.stringify(all));
} finally {
  sandboxes.close();
  await catalog.close();
  const { good } = await sandboxes.images.get(repoId);
  if (good) await driver.removeDisk(good.disk).catch(() => {});
  await stack.close();
  await redis.close();
  await rm(dir, { recursive: true, force: true });
}

async function baseImage(): Promise<{ tag: string }> {
  const found = await driver.baseImage();
  if (!found.ok) throw new Error(found.message);
  return found;
}
