import { type Build, DeckhandError, failure, type Result } from '@deckhand/shared';
import type { Logger } from 'pino';
import type { Store } from '../../sessions/store/store.ts';
import type { Sandboxes } from '../sandboxes.ts';
import { type Built, buildImage } from './buildImage.ts';
import { createBuildLog } from './buildLog.ts';
import { planBuild } from './plan.ts';

export type RunBuildDeps = { store: Store; sandboxes: Sandboxes; log: Logger };
export type BuildJob = {
  buildId: string;
  repoId: string;
  orgId: string;
  cause: Build['cause'];
  clean: boolean;
};

/** Of a failed build's log, what an agent is told. */
const logEndChars = 3_000;

/** One look at a repository, and a build where something changed; what became of it is recorded and logged. */
export async function runBuild(
  { store, sandboxes, log }: RunBuildDeps,
  job: BuildJob,
  signal: AbortSignal,
): Promise<Build['state']> {
  const { buildId, repoId, cause } = job;
  const { images } = sandboxes;
  const buildLog = createBuildLog(store, buildId);
  let logEnd = '';
  const write = (text: string) => {
    logEnd = (logEnd + text).slice(-logEndChars);
    buildLog.write(text);
  };
  const begun: Build = { buildId, state: 'building', startedAt: new Date().toISOString(), cause };
  let last = begun;
  const { good, last: before } = await images.get(repoId);
  // A look that finds nothing new leaves the log of the last build to be read.
  const begins = (commit: string) => {
    last = { ...begun, commit };
    return images.put(repoId, { good, last });
  };
  const result = await build(sandboxes, job, { begins, write, signal }).catch(error => {
    signal.throwIfAborted();
    log.error({ err: error, repoId }, 'a build failed');
    return error instanceof DeckhandError
      ? error.toFailure()
      : failure('internal', 'Something went wrong in the server; its log says more.');
  });
  const ended = { ...last, endedAt: new Date().toISOString() };
  // Deleted meanwhile, or served by a build of another server: what is there now counts.
  const { good: now } = await images.get(repoId);
  if (!result.ok) {
    buildLog.write(`\nNo new image: ${result.message}\n`);
    await buildLog.flush();
    await images.put(repoId, {
      good: now,
      last: { ...ended, state: 'failed', message: result.message },
      logEnd,
    });
    log.warn({ repoId, buildId }, `no new image: ${result.message}`);
    return 'failed';
  }
  if (!result.built) {
    const isOld = before?.state === 'building' || before?.state === 'failed';
    if (isOld || !before) await images.put(repoId, { good: now, last: { ...ended, state: 'unchanged' } });
    return 'unchanged';
  }
  const { image, warnings } = result.built;
  const message = warnings.length > 0 ? { message: warnings.join(' ') } : {};
  const isNew = image !== null;
  buildLog.write(
    isNew ? `\nImage ${image.imageId} is in service.\n` : '\nNothing gained: the image before stays.\n',
  );
  await buildLog.flush();
  await images.put(repoId, {
    good: image ?? now,
    last: { ...ended, state: isNew ? 'built' : 'unchanged', ...message },
    ...(warnings.length > 0 ? { logEnd } : {}),
  });
  if (!isNew) return 'unchanged';
  log.info(
    { repoId, imageId: image.imageId, commit: image.commit, durationMs: image.durationMs },
    'built an image',
  );
  return 'built';
}

type Telling = {
  begins: (commit: string) => Promise<void>;
  write: (text: string) => void;
  signal: AbortSignal;
};

async function build(
  sandboxes: Sandboxes,
  { repoId, orgId, buildId, clean }: BuildJob,
  { begins, write, signal }: Telling,
): Promise<Result<{ built: Built | null }>> {
  const { engine, secrets, images, repos, commandTimeoutMs } = sandboxes;
  const ready = await engine();
  if (!ready.ok) return ready;
  const { good } = await images.get(repoId);
  const planned = await planBuild(
    { driver: ready.driver, good, secrets: () => secrets.values(orgId, repoId, 'build') },
    repos.mirror(repoId),
  );
  if (!planned.ok) return planned;
  const { plan } = planned;
  if (plan.unchanged && !clean) return { ok: true, built: null };
  await begins(plan.commit);
  for (const note of plan.environment.notes) write(`Note: ${note}\n`);
  write(`Environment: ${plan.environment.source}\n`);
  const request = { buildId, orgId, plan, clean, timeoutMs: commandTimeoutMs, write, signal };
  const built = await buildImage(sandboxes, request);
  return built.ok ? { ok: true, built } : built;
}
