import { newId, type Result } from '@deckhand/shared';
import type { Signature } from '../../sessions/store/meta.ts';
import { setUpBare, setUpEnvironment } from '../environments/setUp.ts';
import type { Hands } from '../hands.ts';
import type { Image } from '../images/imageRecords.ts';
import type { Ownership } from '../lifecycle/ownership.ts';
import type { Sandboxes } from '../sandboxes.ts';
import { checkOut } from '../worktree/checkout.ts';

export type StartedSandbox = {
  hands: Hands;
  /** What lies there already; null: an empty disk. */
  image: Image | null;
  record: Ownership;
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
  }
  const made = await sandboxes.make(record, fence);
  return made.ok ? { ...made, image: null, record } : made;
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
  const done = await checkOut(hands, mirror, out);
  return done.ok ? setUpBare(sandboxes, hands, { place, mirror, commit }) : done;
}
