import { type Build, newId } from '@deckhand/shared';
import { Queue, Worker } from 'bullmq';
import type { Logger } from 'pino';
import { oneAtATime } from '../../platform/oneAtATime.ts';
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
  /** Builds at once, of different repositories: each takes cores, and sessions need them too. */
  atOnce: number;
  /** Hears what became of each look at a repository. */
  onLooked: (state: Build['state']) => void;
};

type Cause = Build['cause'];
type Job = { repoId: string; cause: Cause; clean: boolean };

export type ImageBuilds = {
  /** Asks for a look at a repository, and a build where something changed. Said many times it is one job. */
  refresh(repoId: string, cause: Cause, options?: { clean?: boolean }): Promise<void>;
  /** A session begins without an image: the first build of its repository, if it waits still, is the next. */
  hurry(repoId: string): Promise<void>;
  /** Each known repository has its schedule, and no other. */
  schedule(repoIds: string[]): Promise<void>;
  close(): Promise<void>;
};

const schedulerOf = (repoId: string) => `image-${repoId}`;
const organisation = 'default';

/** Smaller is sooner. */
const priorities = { session: 1, asked: 2, first: 5, schedule: 10 };

/** Builds images, one of a repository at a time. What has none yet comes before what is only looked at again. */
export async function startImageBuilds(options: ImageBuildOptions): Promise<ImageBuilds> {
  const { store, blocking, everyMs, atOnce, log } = options;
  const { images } = options.sandboxes;
  const building = oneAtATime<string>();
  const queue = new Queue<Job>(buildQueue, {
    connection: store,
    prefix: 'dh:bull',
    defaultJobOptions: { removeOnComplete: true, removeOnFail: true },
  });
  queue.on('error', () => {});
  await queue.setGlobalConcurrency(atOnce);
  const closing = new AbortController();
  const worker = new Worker<Job>(
    buildQueue,
    async ({ data }) => {
      const job = { ...data, orgId: organisation, buildId: newId('build') };
      const build = () => runBuild(options, job, closing.signal);
      options.onLooked(await building.run(data.repoId, build));
    },
    // A server that dies in the middle: another begins the build anew, however often that happens.
    {
      connection: blocking,
      prefix: 'dh:bull',
      concurrency: atOnce,
      maxStalledCount: 1_000_000,
      lockDuration: 15_000,
      stalledInterval: 5_000,
    },
  );
  worker.on('error', error => log.warn({ err: error }, 'the builder of images has trouble with its queue'));
  worker.on('failed', (job, error) =>
    log.error({ err: error, repoId: job?.data.repoId }, 'a build broke off'),
  );

  const add = async (job: Job, priority: number) => {
    const id = job.clean ? `${job.repoId}:clean` : job.repoId;
    await queue.add('build', job, { priority, deduplication: { id, keepLastIfActive: true } });
    // One that waits already stays the one, in its place.
    const waiting = await queue.getDeduplicationJobId(id);
    const first = waiting ? await queue.getJob(waiting) : undefined;
    // It may have begun meanwhile.
    if (first && first.priority > priority) await first.changePriority({ priority }).catch(() => {});
  };
  const isNew = async (repoId: string) => {
    const { good, last } = await images.get(repoId);
    return !good && (last === null || last.state === 'building');
  };
  return {
    refresh: (repoId, cause, { clean = false } = {}) => add({ repoId, cause, clean }, priorities.asked),
    async hurry(repoId) {
      const waits = everyMs > 0 && (await isNew(repoId));
      if (waits) await add({ repoId, cause: 'schedule', clean: false }, priorities.session);
    },
    async schedule(repoIds) {
      const wanted = new Set(everyMs > 0 ? repoIds.map(schedulerOf) : []);
      for (const { key } of await queue.getJobSchedulers())
        if (!wanted.has(key)) await queue.removeJobScheduler(key);
      // Their disks go with them.
      for (const [repoId] of await images.list()) if (!repoIds.includes(repoId)) await images.forget(repoId);
      if (everyMs === 0) return;
      for (const [n, repoId] of repoIds.entries()) {
        const data: Job = { repoId, cause: 'schedule', clean: false };
        // Spread over the interval, so that not all are looked at in the same moment.
        const offset = Math.floor((everyMs * n) / repoIds.length);
        await queue.upsertJobScheduler(
          schedulerOf(repoId),
          { every: everyMs, offset },
          { name: 'build', data, opts: { priority: priorities.schedule } },
        );
        if (await isNew(repoId)) await add(data, priorities.first);
      }
    },
    async close() {
      closing.abort(new Error('the server stops'));
      await worker.close();
      await queue.close();
    },
  };
}
