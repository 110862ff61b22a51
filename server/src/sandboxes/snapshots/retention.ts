import { type Meta, readMeta } from '../../sessions/store/meta.ts';
import type { Store } from '../../sessions/store/store.ts';
import { type SnapshotRecord, SnapshotRecords } from './records.ts';

/** Nobody takes a snapshot for so long: whoever began it is gone. */
const takingMs = 2 * 60_000;
/** A fork that claimed a disk is a session by then, or never will be. */
const unbornMs = 3600_000;

/** Why a snapshot is kept; `spare` ones go first where room is needed. */
export type Hold = 'named' | 'claimed' | 'spare';
export type HeldSnapshot = { disk: string; record: SnapshotRecord; hold: Hold };

type Session = Pick<Meta, 'disk' | 'state'> | null;
type Sessions = ReadonlyMap<string, Session>;

/** What holds a snapshot; null where nothing does. Pure. */
export function holdOf(
  disk: string,
  record: SnapshotRecord,
  { sessions, nowMs }: { sessions: Sessions; nowMs: number },
): Hold | null {
  if (record.state === 'taking') return nowMs - record.atMs < takingMs ? 'spare' : null;
  if (record.name !== undefined) return 'named';
  const claimed = record.claims.some(claim => {
    const session = sessions.get(claim.sessionId);
    if (!session) return nowMs - claim.atMs < unbornMs;
    return session.disk === disk && session.state !== 'archived';
  });
  if (claimed) return 'claimed';
  return sessions.get(record.sessionId)?.state === 'archived' ? null : 'spare';
}

/** Of one session's snapshots, those that are to go: all that nothing holds, and spare ones beyond the newest. Pure. */
export function surplus(held: readonly (Omit<HeldSnapshot, 'hold'> & { hold: Hold | null })[], most: number) {
  const newest = held
    .filter(({ hold, record }) => hold !== null && record.state === 'kept')
    .toSorted((a, b) => b.record.atMs - a.record.atMs)
    .slice(0, most)
    .map(({ disk }) => disk);
  return held.filter(
    ({ disk, hold, record }) =>
      hold === null || (hold === 'spare' && record.state === 'kept' && !newest.includes(disk)),
  );
}

/** With what holds each. */
export async function judged(store: Store, records: ReadonlyMap<string, SnapshotRecord>) {
  const ids = new Set(
    [...records.values()].flatMap(({ sessionId, claims }) => [
      sessionId,
      ...claims.map(claim => claim.sessionId),
    ]),
  );
  const sessions = new Map(
    await Promise.all([...ids].map(async id => [id, await readMeta(store, id)] as const)),
  );
  const nowMs = Date.now();
  return [...records].map(([disk, record]) => ({
    disk,
    record,
    hold: holdOf(disk, record, { sessions, nowMs }),
  }));
}

/**
 * Names of the disks that snapshots are on and that something holds, and of the root file systems that go with them;
 * the records of others go.
 */
export async function wantedSnapshots(store: Store): Promise<{ disks: Set<string>; roots: Set<string> }> {
  const records = new SnapshotRecords(store);
  const wanted = { disks: new Set<string>(), roots: new Set<string>() };
  for (const { disk, record, hold } of await judged(store, await records.all())) {
    if (hold === null && (await records.remove(disk, record))) continue;
    wanted.disks.add(disk);
    if (record.root) wanted.roots.add(record.root);
  }
  return wanted;
}

/** Where room is needed: spare ones first, then those that a session begins from, named ones last; oldest first. */
export async function snapshotsOldestFirst(store: Store): Promise<HeldSnapshot[]> {
  const order: Hold[] = ['spare', 'claimed', 'named'];
  const held = await judged(store, await new SnapshotRecords(store).all());
  return held
    .flatMap(({ hold, ...snapshot }) => (hold ? [{ ...snapshot, hold }] : []))
    .filter(({ record }) => record.state === 'kept')
    .toSorted((a, b) => order.indexOf(a.hold) - order.indexOf(b.hold) || a.record.atMs - b.record.atMs);
}
