import { newId, noUsage } from '@deckhand/shared';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { startedTurn, tomorrow } from '../../../test/helpers/archive.ts';
import { actorOf, ana, newSession, openTestStore, prompt } from '../../../test/helpers/testStore.ts';
import { AttachmentStore } from '../../commands/attachments.ts';
import { noteFork } from '../../delivery/forkedFrom.ts';
import { hibernateSession } from '../archive/hibernate.ts';
import { sweepArchives } from '../archive/sweep.ts';
import { forkSession } from '../history/fork.ts';
import { appendPrompt } from '../queue/inbox.ts';
import { archiveSession } from '../queue/stop.ts';
import { readTurns } from '../run/turnRecords.ts';
import { artifactBlob, bundleBlob } from '../store/keys.ts';
import { readMeta } from '../store/meta.ts';
import type { Store } from '../store/store.ts';
import { attachmentBlob } from './attachmentHolds.ts';
import { isRetired } from './retireSessions.ts';
import { retentionSweep, sweepAll } from './sweep.ts';
import { retention } from './table.ts';

let opened: Awaited<ReturnType<typeof openTestStore>>;
let store: Store;
beforeEach(async () => {
  opened = await openTestStore();
  ({ store } = opened);
});
afterEach(() => opened.close());

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const orgs = ['default'];
const blobs = () => store.archives.blobs;
const isThere = async (key: string) => (await blobs().file(key)) !== null;
const inTrash = (key: string) => isThere(`trash/${key}`);
const inDays = (days: number) => Date.now() + days * dayMs;

async function upload(): Promise<string> {
  const added = await new AttachmentStore(store, blobs()).add({
    by: 'usr_ana00000',
    name: 'a.txt',
    mediaType: 'text/plain',
    content: Buffer.from('words'),
  });
  if (!added.ok) throw new Error(added.message);
  return added.attachment.attachmentId;
}

const sha = () =>
  [...crypto.getRandomValues(new Uint8Array(20))].map(n => n.toString(16).padStart(2, '0')).join('');

/** What one turn leaves in the blob store: an attachment that it was sent, an artifact, work that it ended with, and work on the way there. */
type Left = { attachment: string; artifact: string; bundle: string; onTheWay: string; turnId: string };

async function turnIn(sessionId: string): Promise<Left> {
  const attachmentId = await upload();
  const found = await new AttachmentStore(store, blobs()).find(attachmentId);
  if (!found) throw new Error('no attachment');
  await appendPrompt(store, sessionId, { ...prompt('with a file'), attachments: [found] });
  const { lease, writer, run } = await startedTurn(store, sessionId, crypto.randomUUID());
  const artifactId = newId('artifact');
  await blobs().put(artifactBlob(artifactId), Buffer.from('out'));
  const record = { artifactId, kind: 'output', name: 'a.txt', bytes: 3, sha256: sha() };
  await writer.recordArtifact(artifactId, JSON.stringify(record), [
    { type: 'artifact.created', actor: { kind: 'agent' }, data: record },
  ]);
  const [onTheWay, end] = [bundleBlob(sessionId, sha()), sha()];
  await blobs().put(onTheWay, Buffer.from('half'));
  await blobs().put(bundleBlob(sessionId, end), Buffer.from('work'));
  await writer.record([], { refSha: end, baseSha: sha() });
  await writer.finishTurn(run, { outcome: 'done', usage: noUsage });
  await lease.release();
  return {
    attachment: attachmentBlob(attachmentId),
    artifact: artifactBlob(artifactId),
    bundle: bundleBlob(sessionId, end),
    onTheWay,
    turnId: run.turnId,
  };
}

async function fork(sourceId: string, { dies = false } = {}): Promise<string> {
  const [source, turns] = [await readMeta(store, sourceId), await readTurns(store, sourceId)];
  const turn = turns.at(-1);
  if (!source || !turn) throw new Error('nothing to fork');
  const forkId = newId('session');
  await noteFork(blobs(), { from: sourceId, to: forkId });
  if (dies) return forkId;
  const request = { forkId, source, turn, requestId: forkId, author: ana, actor: actorOf(ana), disk: null };
  const forked = await forkSession(store, request);
  if (!forked.ok) throw new Error(forked.message);
  return forkId;
}

const archive = async (sessionId: string) =>
  expect(await archiveSession(store, sessionId, actorOf(ana))).toEqual({ ok: true });

/** As if the sweep ran at that time and once more a day later. */
async function sweepTwice(days: number): Promise<string[]> {
  return [...(await sweepAll(store, inDays(days), orgs)), ...(await sweepAll(store, inDays(days + 1), orgs))];
}

test('an attachment that is not sent goes after its time; one that is sent stays', async () => {
  const unsent = await upload();
  const { attachment } = await turnIn(await newSession(store));
  expect(await sweepTwice(25)).not.toContain(attachmentBlob(unsent));
  expect(await sweepTwice(31)).toContain(attachmentBlob(unsent));
  expect(await inTrash(attachmentBlob(unsent))).toBe(true);
  expect(await isThere(attachment)).toBe(true);
  const attachment404 = { attachmentId: unsent, name: 'a.txt', mediaType: 'text/plain', bytes: 5 };
  const late = await appendPrompt(store, await newSession(store), {
    ...prompt('too late'),
    attachments: [attachment404],
  });
  expect(late).toMatchObject({ ok: false, code: 'not_found' });
});

test('of a session that lives only work goes that no turn ended with', async () => {
  const sessionId = await newSession(store);
  const [first, second] = [await turnIn(sessionId), await turnIn(sessionId)];
  expect(await sweepTwice(5)).toEqual([]);
  expect((await sweepTwice(400)).toSorted()).toEqual([first.onTheWay, second.onTheWay].toSorted());
  for (const { attachment, artifact, bundle } of [first, second])
    for (const key of [attachment, artifact, bundle]) expect(await isThere(key)).toBe(true);
});

test('work that is needed again comes back out of the trash', async () => {
  const sessionId = await newSession(store);
  const { onTheWay } = await turnIn(sessionId);
  await sweepTwice(8);
  expect(await inTrash(onTheWay)).toBe(true);
  const { writer, lease } = await startedTurn(store, sessionId, crypto.randomUUID());
  await writer.record([], { refSha: onTheWay.slice(-47, -'.bundle'.length) });
  await lease.release();
  await sweepAll(store, inDays(8), orgs);
  expect(await isThere(onTheWay)).toBe(true);
});

test('an archived session keeps everything while a fork of it lives, and for its time after that', async () => {
  const sessionId = await newSession(store);
  const left = await turnIn(sessionId);
  const forkId = await fork(sessionId);
  const own = await turnIn(forkId);
  await archive(sessionId);
  await sweepTwice(400);
  for (const key of [left.attachment, left.artifact, left.bundle]) expect(await isThere(key)).toBe(true);
  await archive(forkId);
  await sweepTwice(80);
  for (const key of [left.attachment, left.artifact, left.bundle]) expect(await isThere(key)).toBe(true);
  await sweepTwice(91);
  for (const each of [left, own])
    for (const key of [each.attachment, each.artifact, each.bundle]) expect(await inTrash(key)).toBe(true);
});

test('a fork that goes takes nothing along that its source needs', async () => {
  const sessionId = await newSession(store);
  const left = await turnIn(sessionId);
  const forkId = await fork(sessionId);
  const own = await turnIn(forkId);
  await archive(forkId);
  await sweepTwice(100);
  for (const key of [left.attachment, left.artifact, left.bundle]) expect(await isThere(key)).toBe(true);
  for (const key of [own.attachment, own.artifact, own.bundle]) expect(await inTrash(key)).toBe(true);
});

test('what goes is announced first: no fork begins any more, and one that began in time stays whole', async () => {
  const sessionId = await newSession(store);
  const left = await turnIn(sessionId);
  const never = await fork(sessionId, { dies: true });
  await archive(sessionId);
  await sweepAll(store, inDays(100), orgs);
  expect(await isRetired(store, sessionId)).toBe(true);
  const forkId = await fork(sessionId);
  await sweepAll(store, inDays(101), orgs);
  expect(await readMeta(store, never)).toBeNull();
  for (const key of [left.attachment, left.artifact, left.bundle]) expect(await isThere(key)).toBe(true);
  expect(await isRetired(store, sessionId)).toBe(false);
  await archive(forkId);
});

test('whatever dies when, nothing goes that is needed, and in the end all else is gone', async () => {
  let seed = 7;
  const random = (below: number) => {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    return seed % below;
  };
  const known = new Map<string, { left: Left[]; archived: boolean; source: string | null }>();
  const pick = () => [...known.keys()][random(known.size)] ?? '';
  const lives = (id: string): boolean =>
    !known.get(id)?.archived || [...known].some(([forkId, { source }]) => source === id && lives(forkId));
  const move = blobs().move;
  for (let round = 0; round < 40; round++) {
    const act = random(7);
    if (known.size < 3 || act === 0) {
      const id = await newSession(store);
      known.set(id, { left: [await turnIn(id)], archived: false, source: null });
    } else if (act === 1) {
      const source = pick();
      if (await isRetired(store, source)) continue;
      known.set(await fork(source), { left: [], archived: false, source });
    } else if (act === 2) {
      const id = pick();
      if (!known.get(id)?.archived) await archive(id);
      known.set(id, { left: [], source: null, ...known.get(id), archived: true });
    } else if (act === 3) await hibernateSession(store, pick(), tomorrow());
    else if (act === 4) {
      const id = pick();
      const about = known.get(id);
      if (about && !about.archived) about.left.push(await turnIn(id));
    } else {
      // Killed after so many moves; what comes next looks again.
      let moves = act === 5 ? random(4) : Number.POSITIVE_INFINITY;
      blobs().move = (from, to) => (moves-- > 0 ? move(from, to) : Promise.reject(new Error('killed')));
      await sweepTwice(100).catch(() => {});
      blobs().move = move;
    }
    for (const [id, { left }] of known)
      if (lives(id))
        for (const { attachment, artifact, bundle } of left)
          for (const key of [attachment, artifact, bundle])
            expect({ round, id, key, there: await isThere(key) }).toMatchObject({ there: true });
  }
  await sweepTwice(100);
  for (const [id, { left }] of known)
    for (const { attachment, artifact, bundle, onTheWay } of left) {
      expect(await isThere(onTheWay)).toBe(false);
      for (const key of [attachment, artifact, bundle]) expect(await isThere(key)).toBe(lives(id));
    }
  // A week later nothing is left of it.
  await sweepArchives(store, inDays(retention.trash.keptMs / dayMs + 1));
  expect(await Array.fromAsync(blobs().list('trash'))).toEqual([]);
}, 60_000);

test('one sweep a day, however many servers; none where Redis and the blobs may not belong together', async () => {
  const unsent = attachmentBlob(await upload());
  const sweepsAs = async (sweeps: boolean) => {
    const looks: string[] = [];
    const log = { warn() {}, info: (about: { first: string[] }) => looks.push(...about.first) } as never;
    const looked = await retentionSweep({ store, orgIds: orgs, clock: () => inDays(31), log, sweeps });
    return { looked, looks };
  };
  expect(await sweepsAs(false)).toEqual({ looked: false, looks: [] });
  expect(await sweepsAs(true)).toEqual({ looked: true, looks: [unsent] });
  await upload();
  expect(await sweepsAs(true)).toEqual({ looked: false, looks: [] });
});
