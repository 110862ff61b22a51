import { setTimeout as sleep } from 'node:timers/promises';
import { readBlob } from '../../platform/blobs.ts';
import { auditKeys } from '../../policy/audit/keys.ts';
import { forgetNames } from '../../policy/audit/names.ts';
import type { AuditRecorder } from '../../policy/audit/recorder.ts';
import type { Repos } from '../../repos/repos.ts';
import type { Sandboxes } from '../../sandboxes/sandboxes.ts';
import { SnapshotRecords } from '../../sandboxes/snapshots/records.ts';
import { readHash } from '../../sessions/archive/hotOrCold.ts';
import type { SessionIndex } from '../../sessions/listing/open.ts';
import { requestStop } from '../../sessions/queue/stop.ts';
import { attachmentBlob, dropAttachment } from '../../sessions/retention/attachmentHolds.ts';
import { readLeft } from '../../sessions/retention/retireSessions.ts';
import { trashOf } from '../../sessions/retention/table.ts';
import { type Lease, takeLease } from '../../sessions/run/lease.ts';
import { commit } from '../../sessions/store/commit.ts';
import {
  artifactBlob,
  bundleFolder,
  orgKeys,
  part,
  sessionKey,
  sessionPrefix,
} from '../../sessions/store/keys.ts';
import { readMeta } from '../../sessions/store/meta.ts';
import type { Store } from '../../sessions/store/store.ts';
import type { StatsService } from '../../stats/stats.ts';
import { forgetThreadsOf } from '../../threads/threads.ts';
import { addErasure } from './erasures.ts';
import { dropSessionKeys, jobsEnded, sweepRedis } from './sweepRedis.ts';

export type EraseDeps = {
  store: Store;
  sandboxes: Pick<Sandboxes, 'records' | 'disks' | 'discard' | 'engine'>;
  repos: Pick<Repos, 'mirror'>;
  stats: Pick<StatsService, 'erase'>;
  index: Pick<SessionIndex, 'erase'>;
  audit: AuditRecorder;
  clock: () => number;
};

/** A turn that is stopped may keep its work for so long; its worker loses the session then. */
const stopMs = 15_000;
/** Objects that somebody is about to refer to are younger. */
const pruneAfterMs = 3_600_000;

/**
 * Takes the session away from whoever works on it: its turn is stopped, no prompt comes any more, and no worker writes.
 * Null where there is no such session in Redis or an archive.
 */
export async function seize(store: Store, sessionId: string): Promise<Lease | null> {
  if (!(await readMeta(store, sessionId))) return null;
  await requestStop(store, sessionId, undefined);
  const owner = `erase:${crypto.randomUUID()}`;
  for (const began = Date.now(); ; ) {
    const lease = await takeLease(store, sessionId, owner);
    if (lease) return lease;
    if (Date.now() - began > stopMs) await store.del(sessionKey(sessionId, part.lease));
    await sleep(100);
    if (!(await readMeta(store, sessionId))) return null;
  }
}

/**
 * Erases a session everywhere: sandbox, disks, saved work, files, statistics, what others keep of it in Redis, then
 * itself. What dies in between is done by the next round: what is needed to find the rest goes last.
 */
export async function eraseSession(deps: EraseDeps, sessionId: string): Promise<void> {
  const { store, audit } = deps;
  const lease = await seize(store, sessionId);
  try {
    for (const fork of await forksOf(store, sessionId)) await eraseSession(deps, fork);
    if (lease)
      await commit(store, sessionId, { checks: [], ops: [['HSET', part.meta, 'state', 'archived']] });
    await eraseMachines(deps, sessionId);
    const meta = await readMeta(store, sessionId);
    if (meta?.repo) await eraseRefs(deps, meta.repo, sessionId);
    await eraseBlobs(store, sessionId);
    await forgetCounted(deps, sessionId);
    await lease?.renew();
    await dropSessionKeys(store, sessionPrefix(sessionId));
  } finally {
    await lease?.release().catch(() => {});
  }
  await forgetThreadsOf(store, sessionId);
  await sweepRedis(store, [sessionId]);
  await store.hdel(auditKeys.taken, sessionId);
  await forgetNames(store, new Set([audit.names.of('session', sessionId)]));
  await jobsEnded(store, sessionId);
  // What was being written, or counted, meanwhile.
  await dropSessionKeys(store, sessionPrefix(sessionId));
  await eraseFolders(store, sessionId);
  await forgetCounted(deps, sessionId);
}

/** What servers keep of it in files of their own; the others hear of it. What is still there they read anew. */
export async function forgetCounted({ store, stats, index }: EraseDeps, sessionId: string): Promise<void> {
  await stats.erase(sessionId);
  index.erase(sessionId);
  await store.publish(orgKeys.newsChannel, sessionId);
}

/** A fork has the history of its source. */
async function forksOf(store: Store, sessionId: string): Promise<string[]> {
  const { blobs } = store.archives;
  const found: string[] = [];
  for await (const { key } of blobs.list('bundles')) {
    const [, fork = '', name] = key.split('/');
    if (name === 'forked-from' && fork !== sessionId)
      if ((await readBlob(blobs, key))?.toString('utf8') === sessionId) found.push(fork);
  }
  return found;
}

/** Copies of disks that are being made, on whichever server, are over: an archived session gets no more of them. */
async function snapshotsTaken(snapshots: SnapshotRecords, sessionId: string): Promise<void> {
  for (const began = Date.now(); Date.now() - began < stopMs; await sleep(100)) {
    const records = [...(await snapshots.all()).values()];
    if (!records.some(each => each.sessionId === sessionId && each.state === 'taking')) return;
  }
}

/** Its sandbox, and every disk that was kept of one. Rejects where the engine does not answer: the next round tries again. */
async function eraseMachines({ store, sandboxes }: EraseDeps, sessionId: string): Promise<void> {
  const records = (await sandboxes.records.list()).filter(
    ({ owner, claimId }) => owner === 'session' && claimId === sessionId,
  );
  for (const record of records) await sandboxes.discard(record);
  const snapshots = new SnapshotRecords(store);
  await snapshotsTaken(snapshots, sessionId);
  await snapshots.disclaim(sessionId);
  const kept = [...(await snapshots.all())].filter(([, record]) => record.sessionId === sessionId);
  const asleep = (await sandboxes.disks.list()).filter(([, id]) => id === sessionId);
  const disks = [...kept, ...asleep].map(([name]) => name);
  if (disks.length === 0) return;
  const engine = await sandboxes.engine();
  if (!engine.ok) throw new Error(`disks of an erased session stay for now: ${engine.message}`);
  for (const name of disks) {
    await engine.driver.removeDisk(name);
    await snapshots.forget(name);
    await sandboxes.disks.remove(name);
  }
}

/**
 * Saved work in the mirror, and its branch as the host has it: while it stays there, the next fetch has it again. Objects are
 * pruned once nobody can be about to use others that are as young.
 */
async function eraseRefs({ store, repos, clock }: EraseDeps, repo: string, sessionId: string): Promise<void> {
  const mirror = repos.mirror(repo);
  const listed = await mirror.git(['for-each-ref', '--format=%(refname)']);
  if (!listed.ok) return;
  const refs = listed.stdout.split('\n').filter(ref => ref.split(/[/-]/).includes(sessionId));
  if (refs.length === 0) return;
  const stdin = refs.map(ref => `delete ${ref}\n`).join('');
  const done = await mirror.git(['update-ref', '--stdin'], { stdin });
  if (!done.ok) throw new Error(`refs of an erased session stay for now: ${done.stderr.slice(0, 200)}`);
  await addErasure(store, { kind: 'mirror', id: repo, dueMs: clock() + pruneAfterMs });
}

/** Objects of a mirror that nothing refers to any more. */
export async function pruneMirror({ repos }: EraseDeps, repo: string): Promise<void> {
  const mirror = repos.mirror(repo);
  await mirror.git(['reflog', 'expire', '--expire=now', '--all']);
  await mirror.git(['gc', '--quiet', '--prune=1.hour.ago']);
}

async function eraseBlobs(store: Store, sessionId: string): Promise<void> {
  const keys: string[] = [];
  if (await readMeta(store, sessionId)) {
    const { attachmentIds, source } = await readLeft(store, sessionId);
    for (const id of attachmentIds)
      if (await dropAttachment(store, id, sessionId)) keys.push(attachmentBlob(id));
    // What a fork took along is its source's.
    const theirs = source ? await readHash(store, source, part.artifacts) : {};
    const artifacts = Object.keys(await readHash(store, sessionId, part.artifacts));
    keys.push(...artifacts.filter(id => !(id in theirs)).map(artifactBlob));
  }
  for (const key of keys) await removeBoth(store, key);
  await eraseFolders(store, sessionId);
}

async function eraseFolders(store: Store, sessionId: string): Promise<void> {
  const { blobs } = store.archives;
  for (const folder of [bundleFolder(sessionId), `archives/${sessionId}`])
    for (const place of [folder, trashOf(folder)])
      for await (const { key } of blobs.list(place)) await blobs.remove(key);
}

/** Also where it was swept before. */
export async function removeBoth(store: Store, key: string): Promise<void> {
  const { blobs } = store.archives;
  await blobs.remove(key);
  await blobs.remove(trashOf(key));
}
