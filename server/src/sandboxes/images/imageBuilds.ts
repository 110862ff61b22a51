import { type Build, newId } from '@deckhand/shared';
import { Queue, Worker } from 'bullmq';
import type { Logger } from 'pino';
import type { Store } from '../../sessions/store/store.ts';
import type { Sandboxes } from '../sandboxes.ts';
import { runBuild } from './runBuild.ts';

export const buildQueue = 'images';

export type ImageBuildOptions = {
  store: Store;
  /** BullMQ blocks on it. */
  blocking: Store;
  sandboxes: Sandboxes;
  /** Between two looks at a repository; 0: only when asked. */
  everyMs: number;
  log: Logger;
  /** Hears what became of each look at a repository. */
  onLooked: (state: Build['state']) => void;
};

type Cause = Build['cause'];
type Job = { repoId: string; cause: Cause; clean: boolean };

export type ImageBuilds = {
  /** Asks for a look at a repository, and a build where something changed. Said many times it is one job. */
  refresh(repoId: string, cause: Cause, options?: { clean?: boolean }): Promise<void>;
  /** Each known repository has its schedule, and no other. */
  schedule(repoIds: string[]): Promise<void>;
  close(): Promise<void>;
};

const schedulerOf = (repoId: string) => `image-${repoId}`;
const organisation = 'default';

/** Builds images one at a time: a build takes a machine's cores, and sessions need them too. */
export async function startImageBuilds(options: ImageBuildOptions): Promise<ImageBuilds> {
  const { store, blocking, everyMs, log } = options;
  const queue = new Queue<Job>(buildQueue, {
    connection: store,
    prefix: 'dh:bull',
    defaultJobOptions: { removeOnComplete: true, removeOnFail: true },
  });
  queue.on('error', () => {});
  await queue.setGlobalConcurrency(1);
  const closing = new AbortController();
  const worker = new Worker<Job>(
    buildQueue,
    async ({ data }) => {
      options.onLooked(
        await runBuild(options, { ...data, orgId: organisation, buildId: newId('build') }, closing.signal),
      );
    },
    // A server that dies in the middle: another begins the build anew, however often that happens.
    {
      connection: blocking,
      prefix: 'dh:bull',
      concurrency: 1,
      maxStalledCount: 1_000_000,
      lockDuration: 15_000,
      stalledInterval: 5_000,
    },
  );
  worker.on('error', error => log.warn({ err: error }, 'the builder of images has trouble with its queue'));
  worker.on('failed', (job, error) =>
    log.error({ err: error, repoId: job?.data.repoId }, 'a build broke off'),
  );

  const add = async (job: Job) => {
    const id = job.clean ? `${job.repoId}:clean` : job.repoId;
    await queue.add('build', job, { deduplication: { id, keepLastIfActive: true } });
  };
  return {
    refresh: (repoId, cause, { clean = false } = {}) => add({ repoId, cause, clean }),
    async schedule(repoIds) {
      const wanted = new Set(everyMs > 0 ? repoIds.map(schedulerOf) : []);
      for (const { key } of await queue.getJobSchedulers())
        if (!wanted.has(key)) await queue.removeJobScheduler(key);
      // Their disks go with them.
      const { images } = options.sandboxes;
      for (const [repoId] of await images.list()) if (!repoIds.includes(repoId)) await images.forget(repoId);
      if (everyMs === 0) return;
      for (const [n, repoId] of repoIds.entries()) {
        const data: Job = { repoId, cause: 'schedule', clean: false };
        // Spread over the interval, so that not all are looked at in the same moment.
        const offset = Math.floor((everyMs * n) / repoIds.length);
        await queue.upsertJobScheduler(
          schedulerOf(repoId),
          { every: everyMs, offset },
          { name: 'build', data },
        );
      }
    },
    async close() {
      closing.abort(new Error('the server stops'));
      await worker.close();
      await queue.close();
    },
  };
}
