import { newId, type Result } from '@deckhand/shared';
import type { Signature } from '../../sessions/store/meta.ts';
import { setUpBare, setUpEnvironment } from '../environments/setUp.ts';
import type { Hands } from '../hands.ts';
import type { Image } from '../images/imageRecords.ts';
import { rootAhead, type Telling } from '../images/rootAhead.ts';
import type { Ownership } from '../lifecycle/ownership.ts';
import type { Sandboxes } from '../sandboxes.ts';
import { checkOut, wantAll } from '../worktree/checkout.ts';

export type StartedSandbox = {
  hands: Hands;
  /** What lies there already; null: an empty disk. */
  image: Image | null;
  record: Ownership;
  /** Why it has not the root file system that the repository asks for. */
  withoutRoot?: string;
};

/** Claims the name of a sandbox that will begin from the repository's image where it has one. */
export async function newRecord(
  sandboxes: Sandboxes,
  claim: Pick<Ownership, 'owner' | 'claimId' | 'repoId' | 'orgId' | 'expiresAtMs'>,
): Promise<Ownership> {
  const { good } = await sandboxes.images.get(claim.repoId);
  return {
    ...claim,
    sandboxId: newId('sandbox'),
    createdAtMs: sandboxes.clock(),
    ...(good ? { imageId: good.imageId, ...(good.root ? { root: good.root } : {}) } : {}),
  };
}

/** A sandbox for a repository: a copy of its image where there is one that is whole, else an empty disk. */
export async function begin(
  sandboxes: Sandboxes,
  record: Ownership,
  fence: number,
  telling: Telling = {},
): Promise<Result<StartedSandbox>> {
  const { images, log } = sandboxes;
  const { good: image } = await images.get(record.repoId);
  if (image) {
    const made = await sandboxes.make(record, fence, image);
    if (made.ok) return { ...made, image, record };
    if (made.code !== 'not_found') return made;
    log.warn(
      { repoId: record.repoId, imageId: image.imageId },
      'an image is gone: sandboxes start from the base image',
    );
    await images.lost(image);
    sandboxes.onImageLost(record.repoId);
    await sandboxes.remove(record);
  } else sandboxes.onNoImage(record.repoId);
  return beginBare(sandboxes, record, { fence, telling });
}

/** On an empty disk, over the root file system that the repository asks for, else over the base image. */
async function beginBare(
  sandboxes: Sandboxes,
  was: Ownership,
  { fence, telling }: { fence: number; telling: Telling },
): Promise<Result<StartedSandbox>> {
  const root = await rootAhead(sandboxes, was.repoId, telling);
  if (!root.ok)
    sandboxes.log.warn({ repoId: was.repoId, reason: root.message }, 'a sandbox has no root of its own');
  const record = await noteBare(sandboxes, was, root.ok ? root.image : null);
  const made = await sandboxes.make(record, fence, { root: record.root });
  if (!made.ok) return made;
  return { ...made, image: null, record, ...(root.ok ? {} : { withoutRoot: root.message }) };
}

/** Its record says what it is made of; a session may have taken it over meanwhile. */
async function noteBare(sandboxes: Sandboxes, was: Ownership, root: string | null): Promise<Ownership> {
  if (!was.imageId && (was.root ?? null) === root) return was;
  const { records } = sandboxes;
  for (;;) {
    const now = await records.get(was.sandboxId);
    const { imageId: _, root: __, ...rest } = now ?? was;
    const record: Ownership = root ? { ...rest, root } : rest;
    // One that is gone is ended by whoever took its record away.
    if (!now || (await records.change(now, record))) return record;
  }
}

const nobody: Signature = { name: 'Deckhand', email: 'deckhand@users.deckhand.invalid' };
/** A sandbox that starts now is behind its remote by at most this: sessions that start together share one fetch. */
export const freshMs = 2_000;

/** Everything that a session would have to wait for, done before there is one. */
export async function prepareAhead(
  sandboxes: Sandboxes,
  { hands, image, record: place }: StartedSandbox,
): Promise<Result> {
  if (image) return setUpEnvironment(sandboxes, hands, { place, environment: image.environment });
  const mirror = sandboxes.repos.mirror(place.repoId);
  const fetched = await mirror.fetch(freshMs);
  const base = await mirror.base();
  if (!base.ok) return fetched.ok ? base : fetched;
  const commit = base.sha;
  const out = { branch: 'deckhand-warm', baseSha: commit, refSha: null, author: nobody };
  const wanted = await wantAll(hands);
  if (!wanted.ok) return wanted;
  const done = await checkOut(hands, mirror, out);
  return done.ok ? setUpBare(sandboxes, hands, { place, commit, entered: false }) : done;
}
