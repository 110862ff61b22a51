import { failure, type Result } from '@deckhand/shared';
import type { Redis } from 'ioredis';
import { type Blobs, readBlob } from '../../platform/blobs.ts';
import { orgKeys } from './keys.ts';

/**
 * Redis and the blob store of one deployment carry the same id. `owns`: they do, so what one of them does not name may
 * be deleted from the other and from the engine. `warning`: why nothing is, and what to do.
 */
export type Deployment = { id: string; owns: boolean; warning?: string };

const idKey = 'deployment/id';

/**
 * Matches Redis with the blob store before anything is read or swept. A Redis that is empty, or another deployment's,
 * names none of the archives that lie there: taken for the right one, it would have all of them swept.
 *
 * `fresh` is the id that a new deployment gets. `place` says where the blobs are, for people.
 */
export async function matchDeployment(
  redis: Redis,
  blobs: Blobs,
  { fresh, place }: { fresh: string; place: string },
): Promise<Result<Deployment>> {
  const inStore = (await readBlob(blobs, idKey))?.toString('utf8') ?? null;
  const known = await redis.hgetall(orgKeys.deployment);
  const inRedis = known.id ?? null;
  if (inRedis === null && (inStore !== null || (await holdsOthers(redis, blobs)))) {
    const id = inStore ?? fresh;
    // By the next start this Redis is not empty any more.
    if (inStore === null) await blobs.put(idKey, Buffer.from(id));
    const warning = `${place} holds archives that this Redis knows nothing of. Nothing is deleted there or on the engine. Point REDIS_URL at the Redis that they were made with; or, where that is lost for good, run: redis-cli HSET ${orgKeys.deployment} id ${id}`;
    return { ok: true, id, owns: false, warning };
  }
  if (inStore !== null && inRedis !== null && inStore !== inRedis)
    return failure(
      'store_down',
      `${place} belongs to deployment ${inStore}, this Redis to ${inRedis}. Set REDIS_URL, DECKHAND_DATA and DECKHAND_BLOBS to those of one deployment.`,
    );
  if (inStore === null && inRedis !== null && known.stored === '1')
    return failure(
      'store_down',
      `Deployment ${inRedis} keeps its archives and attachments elsewhere than ${place}: several servers share one folder, set DECKHAND_BLOBS to it. Where that folder is lost for good, run: redis-cli HDEL ${orgKeys.deployment} stored`,
    );
  // Redis decides between servers that start at once; `stored` comes last, so a crash in between begins anew.
  await redis.hsetnx(orgKeys.deployment, 'id', fresh);
  const id = (await redis.hget(orgKeys.deployment, 'id')) ?? fresh;
  if (inStore === null) await blobs.put(idKey, Buffer.from(id));
  await redis.hset(orgKeys.deployment, 'stored', '1');
  return { ok: true, id, owns: true };
}

/** Which deployment a Redis is of; null where none was ever started on it. */
export const deploymentIdOf = (redis: Redis): Promise<string | null> => redis.hget(orgKeys.deployment, 'id');

/** Versions before this one kept no id: an empty Redis beside archives is not the one that they were made with. */
async function holdsOthers(redis: Redis, blobs: Blobs): Promise<boolean> {
  if ((await redis.dbsize()) > 0) return false;
  for await (const _ of blobs.list('archives')) return true;
  return false;
}
