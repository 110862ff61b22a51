import { type Author, newId, noUsage } from '@deckhand/shared';
import { DelayedError, type Job, Worker } from 'bullmq';
import type { Logger } from 'pino';
import { type ReadAttachment, userMessage } from '../agent/userMessage.ts';
import type { SignatureOf } from '../identity/signatures.ts';
import type { Metrics } from '../platform/metrics.ts';
import type { Snapshots } from '../sandboxes/snapshots/snapshots.ts';
import { touchSession } from '../sessions/list.ts';
import { headPrompts } from '../sessions/queue/inbox.ts';
import { type Wake, wakeQueue } from '../sessions/queue/wake.ts';
import { type Lease, takeLease } from '../sessions/run/lease.ts';
import { FenceLost, TurnWriter } from '../sessions/run/turnWriter.ts';
import type { Run } from '../sessions/store/meta.ts';
import { readMeta } from '../sessions/store/meta.ts';
import type { Store } from '../sessions/store/store.ts';
import { sentPicks } from './pagePort.ts';
import { Turn, type TurnDeps } from './turn.ts';
import { controlTurn, type StopListener } from './turnControl.ts';

export type WorkerDeps = {
  store: Store;
  /** BullMQ blocks on it. */
  blocking: Store;
  stops: StopListener;
  wake: Wake;
  turn: TurnDeps;
  snapshots: Snapshots;
  readAttachment: ReadAttachment;
  signatureOf: SignatureOf;
  /** Looks soon at what became of a session's changes. */
  lookAtChanges: (sessionId: string) => Promise<void>;
  limits: { turnMs: number; turnTokens: number };
  concurrency: number;
  /** Names this process in leases. */
  owner: string;
  metrics: Metrics;
  log: Logger;
};

/** "Somebody holds the lease" delays the job; it is never completed for that. */
const leaseHeldDelayMs = 1_000;

/** Takes woken sessions and runs their turns, one session at a time each, many sessions side by side. */
export function startWorker(deps: WorkerDeps): { close(): Promise<void> } {
  const closing = new AbortController();
  const worker = new Worker<{ sessionId: string }>(
    wakeQueue,
    async (job, token) => {
      const lease = await takeLease(deps.store, job.data.sessionId, `${deps.owner}:${crypto.randomUUID()}`);
      if (!lease) return delay(deps, job, token);
      await runSession(deps, job.data.sessionId, lease, closing.signal);
    },
    {
      connection: deps.blocking,
      prefix: 'dh:bull',
      concurrency: deps.concurrency,
      // A job is only "this session has work": losing its worker any number of times must not fail it.
      maxStalledCount: 1_000_000,
      lockDuration: 10_000,
      stalledInterval: 5_000,
    },
  );
  worker.on('error', error => deps.log.warn({ err: error }, 'the worker has trouble with its queue'));
  worker.on('failed', (job, error) =>
    deps.log.error(
      { err: error, sessionId: job?.data.sessionId },
      'a wake failed; the sweeper will try again',
    ),
  );
  return {
    async close() {
      closing.abort(new FenceLost('the server closes'));
      await worker.close();
    },
  };
}

async function delay(deps: WorkerDeps, job: Job, token: string | undefined): Promise<void> {
  if ((await readMeta(deps.store, job.data.sessionId)) === null) return;
  await job.moveToDelayed(Date.now() + leaseHeldDelayMs, token);
  throw new DelayedError();
}

/** Turns of one session until its queue is empty. */
async function runSession(
  deps: WorkerDeps,
  sessionId: string,
  lease: Lease,
  closing: AbortSignal,
): Promise<void> {
  const writer = new TurnWriter(deps.store, sessionId, lease.fence);
  try {
    while (!closing.aborted && !lease.lost.aborted) {
      const run = await currentRun(deps, writer);
      if (!run) break;
      await runTurn(deps, writer, { run, lease, closing });
    }
  } catch (error) {
    if (!(error instanceof FenceLost) && !closing.aborted && !lease.lost.aborted) throw error;
  } finally {
    await lease.release().catch(() => {});
  }
  // A prompt that came between the last look and the release found the lease held.
  const waits = await headPrompts(deps.store, sessionId);
  if (waits.length > 0 || closing.aborted) await deps.wake(sessionId);
}

async function runTurn(
  deps: WorkerDeps,
  writer: TurnWriter,
  work: { run: Run; lease: Lease; closing: AbortSignal },
): Promise<void> {
  const { run, lease, closing } = work;
  const { sessionId } = writer;
  const control = await controlTurn({ ...deps, closing }, lease, { sessionId, ...run });
  deps.metrics.turnsRunning.inc();
  try {
    const meta = await writer.meta();
    const outcome = await new Turn(deps.turn, writer, { meta, run, control }).run();
    if (run.touched) deps.snapshots.takeBehind({ sessionId, turnId: run.turnId });
    // Somebody on the host may wait for an answer, or a check for this commit.
    if ((await writer.meta()).branchState?.changeId) await deps.lookAtChanges(sessionId);
    deps.metrics.turns.inc({ outcome });
    await touchSession(deps.store, meta.orgId, sessionId);
  } finally {
    deps.metrics.turnsRunning.dec();
    control.close();
  }
}

/** The turn that a worker before us left, or a new one from the head of the queue; null when nothing waits. */
async function currentRun(deps: WorkerDeps, writer: TurnWriter): Promise<Run | null> {
  for (;;) {
    const [meta, { turn }] = await Promise.all([writer.meta(), writer.run()]);
    if (turn) return turn;
    const prompts = await headPrompts(deps.store, writer.sessionId);
    const first = prompts[0];
    if (!first) return null;
    const author: Author = first.author;
    const nowMs = Date.now();
    const run: Run = {
      turnId: newId('turn'),
      promptIds: prompts.map(prompt => prompt.promptId),
      author,
      title: first.text.slice(0, 500),
      model: deps.turn.model.agentModel.name,
      startedAtMs: nowMs,
      deadlineAtMs: nowMs + (meta.budget.timeMs ?? deps.limits.turnMs),
      tokenBudget: meta.budget.tokens ?? deps.limits.turnTokens,
      steps: 0,
      usage: noUsage,
      pending: [],
      touched: false,
      signature: await deps.signatureOf(author),
    };
    const [messages, picks] = await Promise.all([
      Promise.all(prompts.map(prompt => userMessage(prompt, deps.readAttachment))),
      sentPicks(prompts, deps.readAttachment),
    ]);
    if (await writer.startTurn(prompts, run, { messages, picks })) return run;
  }
}
