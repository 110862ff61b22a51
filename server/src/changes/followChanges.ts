import type { Result } from '@deckhand/shared';
import { Queue, Worker } from 'bullmq';
import { findByPull, isOver, readChanges, watchedChanges } from '../sessions/changeRecords.ts';
import type { TurnWriter } from '../sessions/run/turnWriter.ts';
import { branchOf, readMeta } from '../sessions/store/meta.ts';
import type { Store } from '../sessions/store/store.ts';
import type { ChangesDeps } from './deps.ts';
import { type Hint, sessionOfBranch } from './hints.ts';
import { type Pushed, publishChange } from './publish.ts';
import { refreshChange } from './refresh.ts';
import { noteTheirPush } from './theirs.ts';

const queueName = 'changes';

export type ChangesOptions = ChangesDeps & {
  /** A connection of its own each time; BullMQ blocks on one. */
  opened: () => Store;
  /** Between two looks for changes that are due; 0: only when something says so. */
  everyMs: number;
};

type Job = { sessionId: string | null };

/** The life of changes after their push: they are opened, looked at on their host, and what is said there is done. */
export type Changes = {
  /** A turn pushed this commit to its session's branch. The signal ends the waiting for the host: a look opens it then. */
  publish(writer: TurnWriter, pushed: Pushed, signal: AbortSignal): Promise<Result<object>>;
  /** Something else stands on the branch than what we pushed; null: nothing. */
  noteTheirs(writer: TurnWriter, sha: string | null): Promise<void>;
  /** Looks at a session's changes soon. Said many times it is one look. */
  look(sessionId: string): Promise<void>;
  /** Looks at all changes that wait for somebody to link GitHub. */
  lookAtWaiting(): Promise<void>;
  /** The base branch of a repository moved: its changes may conflict with it now. */
  lookAtRepo(repoId: string): Promise<void>;
  /** What webhooks give reason for. */
  hear(hints: Hint[]): Promise<void>;
  close(): Promise<void>;
};

export async function startChanges(options: ChangesOptions): Promise<Changes> {
  const { store, everyMs, log } = options;
  const queue = new Queue<Job>(queueName, {
    connection: options.opened(),
    prefix: 'dh:bull',
    defaultJobOptions: { removeOnComplete: true, removeOnFail: true },
  });
  queue.on('error', () => {});
  const look = async (sessionId: string) => {
    await queue.add('look', { sessionId }, { deduplication: { id: sessionId, keepLastIfActive: true } });
  };
  const worker = new Worker<Job>(
    queueName,
    async ({ data }) => {
      if (data.sessionId !== null) return lookAt(options, data.sessionId);
      for (const { sessionId } of await watchedChanges(store, options.clock())) await look(sessionId);
    },
    {
      connection: options.opened(),
      prefix: 'dh:bull',
      concurrency: 4,
      maxStalledCount: 1_000_000,
      lockDuration: 30_000,
      stalledInterval: 10_000,
    },
  );
  worker.on('error', error => log.warn({ err: error }, 'looking at changes has trouble with its queue'));
  worker.on('failed', (job, error) =>
    log.error({ err: error, sessionId: job?.data.sessionId }, 'a look at a change broke off'),
  );
  if (everyMs > 0)
    await queue.upsertJobScheduler('due', { every: everyMs }, { name: 'due', data: { sessionId: null } });
  else await queue.removeJobScheduler('due');

  return {
    publish: (writer, pushed, signal) => publishChange(options, writer, { ...pushed, signal }),
    async noteTheirs(writer, sha) {
      const { name: branch } = branchOf(await writer.meta());
      await noteTheirPush(store, { sessionId: writer.sessionId, branch, sha });
    },
    look,
    async lookAtWaiting() {
      for (const { sessionId } of await watchedChanges(store, Number.MAX_SAFE_INTEGER)) {
        const changes = await readChanges(store, sessionId);
        if (changes.some(({ change }) => change.state === 'waiting')) await look(sessionId);
      }
    },
    async lookAtRepo(repoId) {
      for (const { sessionId } of await watchedChanges(store, Number.MAX_SAFE_INTEGER))
        if ((await readMeta(store, sessionId))?.repo === repoId) await look(sessionId);
    },
    async hear(hints) {
      for (const hint of hints) await hear(options, look, hint);
    },
    async close() {
      await worker.close();
      await queue.close();
    },
  };
}

/** Those of a session's changes that may still become something, and those where somebody waits for an answer. */
async function lookAt(deps: ChangesOptions, sessionId: string): Promise<void> {
  for (const { change } of await readChanges(deps.store, sessionId)) {
    if (isOver(change) && change.replies.length === 0 && !(await isNewest(deps.store, sessionId, change.k)))
      continue;
    const looked = await refreshChange(deps, { sessionId, changeId: change.changeId });
    if (!looked.ok) deps.log.info({ sessionId, code: looked.code }, looked.message);
  }
}

/** A change that is over may be opened again, until work goes on elsewhere. */
async function isNewest(store: Store, sessionId: string, k: number): Promise<boolean> {
  const meta = await readMeta(store, sessionId);
  return meta !== null && branchOf(meta).k <= k + 1;
}

async function hear(deps: ChangesOptions, look: (id: string) => Promise<void>, hint: Hint): Promise<void> {
  if (hint.kind === 'pull') {
    const found = await findByPull(deps.store, `${hint.repo.toLowerCase()}#${hint.number}`);
    const sessionId = found?.sessionId ?? (hint.branch === null ? null : sessionOfBranch(hint.branch));
    if (sessionId) await look(sessionId);
  } else if (hint.kind === 'branch') {
    const sessionId = sessionOfBranch(hint.branch);
    if (sessionId) await look(sessionId);
  } else if (hint.kind === 'push') {
    const sessionId = sessionOfBranch(hint.branch);
    if (sessionId) {
      await noteTheirPush(deps.store, { sessionId, branch: hint.branch, sha: hint.after });
      await look(sessionId);
    }
  }
}
