import { type Author, defaultModel, newId, noUsage, planModeOf } from '@deckhand/shared';
import { DelayedError, type Job, Worker } from 'bullmq';
import type { Logger } from 'pino';
import { namedModel } from '../agent/models/models.ts';
import { planNote } from '../agent/planMode.ts';
import type { ReadAttachment } from '../agent/userMessage.ts';
import type { SignatureOf } from '../identity/signatures.ts';
import type { Metrics } from '../platform/metrics.ts';
import { carryRaises } from '../policy/budgets/raises.ts';
import type { Snapshots } from '../sandboxes/snapshots/snapshots.ts';
import { endWait } from '../sessions/children/waiting.ts';
import { touchSession } from '../sessions/list.ts';
import { headPrompts } from '../sessions/queue/inbox.ts';
import { type Wake, wakeQueue } from '../sessions/queue/wake.ts';
import { type Lease, takeLease } from '../sessions/run/lease.ts';
import { isHeldBack } from '../sessions/run/parking.ts';
import { readRunIds } from '../sessions/run/runState.ts';
import { readTurn, type TurnRecord } from '../sessions/run/turnRecords.ts';
import { FenceLost, systemActor, TurnWriter } from '../sessions/run/turnWriter.ts';
import type { Run } from '../sessions/store/meta.ts';
import { type Meta, readMeta } from '../sessions/store/meta.ts';
import type { Store } from '../sessions/store/store.ts';
import { reviewer } from '../tasks/attempts/deps.ts';
import { plannerId } from '../tasks/workflow/graph.ts';
import { tellOfBackground } from './background.ts';
import type { ChildNewsTeller } from './childNews.ts';
import { readHandedBack, tellOfControl } from './control.ts';
import { tellOfEgress } from './egressTold.ts';
import { tellHeld } from './held.ts';
import { readPrompts } from './steering.ts';
import { Turn } from './turn.ts';
import { controlTurn, type StopListener } from './turnControl.ts';
import type { TurnDeps } from './turnDeps.ts';
import { addSource } from './untrusted.ts';
import { workflowOf } from './workflow/beginWorkflow.ts';

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
  childNews: ChildNewsTeller;
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
  let isHeld = false;
  try {
    while (!closing.aborted && !lease.lost.aborted) {
      const run = await currentRun(deps, writer);
      isHeld = run === 'held';
      if (!run || run === 'held') break;
      await runTurn(deps, writer, { run, lease, closing });
    }
  } catch (error) {
    if (!(error instanceof FenceLost) && !closing.aborted && !lease.lost.aborted) throw error;
  } finally {
    await lease.release().catch(() => {});
  }
  // What waits for a budget is looked at again by the sweep.
  if (isHeld && !closing.aborted) return;
  // An answer that came before the lease was given back found it held; so did a prompt.
  if (await isHeldBack(deps.store, sessionId)) return;
  const [waits, { turnId }] = await Promise.all([
    headPrompts(deps.store, sessionId),
    readRunIds(deps.store, sessionId),
  ]);
  if (waits.length > 0 || turnId || closing.aborted) await deps.wake(sessionId);
}

async function runTurn(
  deps: WorkerDeps,
  writer: TurnWriter,
  work: { run: Run; lease: Lease; closing: AbortSignal },
): Promise<void> {
  const { run, lease, closing } = work;
  const { sessionId } = writer;
  const isChild = (await writer.meta()).parent !== null;
  if (isChild) await deps.childNews.works(sessionId, run.turnId);
  const control = await controlTurn({ ...deps, closing }, lease, { sessionId, ...run });
  deps.metrics.turnsRunning.inc();
  try {
    const meta = await writer.meta();
    await tellOfBackground(writer, run, meta);
    await tellOfEgress(deps.store, writer, run);
    await tellOfControl(deps.store, writer, run);
    const outcome = await new Turn(deps.turn, writer, { meta, run, control }).run();
    if (outcome === 'parked') {
      if (isChild) await deps.childNews.parked(sessionId, run.turnId);
      return;
    }
    if (isChild) await deps.childNews.ended(sessionId);
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
async function currentRun(deps: WorkerDeps, writer: TurnWriter): Promise<Run | 'held' | null> {
  for (;;) {
    const [meta, { turn }] = await Promise.all([writer.meta(), writer.run()]);
    // Whoever wrote to it, or told of a child, woke it: the wait may be over.
    if (turn?.waitsFor) await endWait(deps.store, writer.sessionId, Date.now());
    if (await isHeldBack(deps.store, writer.sessionId)) return null;
    if (turn) return writer.resume(turn);
    const prompts = await headPrompts(deps.store, writer.sessionId);
    const first = prompts[0];
    if (!first) return null;
    const author: Author = first.author;
    const { budgets } = deps.turn;
    await carryRaises(deps.store, budgets.ledger, meta.id);
    const { reached, time } = await budgets.beforeTurn(meta, author);
    if (reached) {
      await tellHeld(deps.store, writer, { promptId: first.promptId, budget: reached });
      return 'held';
    }
    const nowMs = Date.now();
    const own = meta.budget.timeMs ?? budgets.turnLimitMs() ?? deps.limits.turnMs;
    const isShorter = time !== null && time.leftMs < own;
    const { models } = deps.turn.model;
    const before = await turnBefore(deps.store, meta);
    const working = await agentOf(deps, meta, {
      author,
      named: first.agent ?? before?.agent ?? (first.mode === 'large' ? plannerId : undefined),
    });
    const ofAgent = working.agent?.model === defaultModel ? undefined : working.agent?.model;
    const wanted = first.model ?? ofAgent ?? meta.model ?? models.main.name;
    const answers = namedModel(models, wanted) ?? models.main;
    const mode = first.delivers ? undefined : (planModeOf(first.mode) ?? before?.mode);
    const workflow = first.delivers ? null : await workflowOf(deps.turn, meta, first);
    const run: Run = {
      turnId: newId('turn'),
      promptIds: prompts.map(prompt => prompt.promptId),
      author,
      title: workflow?.graph.title ?? first.text.slice(0, 500),
      model: answers.name,
      // Whoever looks at an attempt does so as always.
      ...(meta.attempt?.temperature === undefined || working.agent?.id === reviewer
        ? {}
        : { temperature: meta.attempt.temperature }),
      ...(mode ? { mode } : {}),
      ...working,
      ...(workflow ? { workflow } : {}),
      startedAtMs: nowMs,
      deadlineAtMs: nowMs + (isShorter ? time.leftMs : own),
      ...(isShorter ? { timeBudget: time.state } : {}),
      tokenBudget: meta.budget.tokens ?? budgets.turnLimitTokens() ?? deps.limits.turnTokens,
      steps: 0,
      usage: noUsage,
      pending: [],
      touched: false,
      signature: await deps.signatureOf(author),
      // Nothing is asked: what lies in the work tree leaves.
      ...(first.delivers
        ? { ending: { outcome: 'done' }, touched: true, words: { ...first.delivers, draft: false } }
        : {}),
    };
    const { messages, picks } = await readPrompts(prompts, deps.readAttachment);
    if (picks.length > 0) addSource(run, 'a picked page');
    if (prompts.some(({ actor }) => actor.kind === 'agent')) addSource(run, 'the agent of another session');
    const handed = await readHandedBack(deps.store, meta);
    if (handed?.changed) run.touched = true;
    const read = {
      // They stand before what is asked next.
      messages: [...(handed?.messages ?? []), ...messages, ...(mode ? [planNote(mode)] : [])],
      picks,
      ops: handed?.ops ?? [],
    };
    if (!(await writer.startTurn(prompts, run, read))) continue;
    if (answers.name !== wanted) await tellOtherModel(writer, { wanted, answers: answers.name });
    return run;
  }
}

/** The turn that asked what this one answers: whoever asked it goes on, and a plan that was being made is made on. */
async function turnBefore(store: Store, { id, turnHead }: Meta): Promise<TurnRecord | null> {
  const before = await readTurn(store, id, turnHead);
  return before?.outcome === 'asked' ? before : null;
}

/** Who is to work, as defined now. */
async function agentOf(
  { store, turn }: WorkerDeps,
  { orgId, repo }: Meta,
  { author, named }: { author: Author; named: string | undefined },
): Promise<Pick<Run, 'agent' | 'agentGone'>> {
  if (named === undefined) return {};
  const place = { orgId, userId: author.userId, repoId: repo };
  const found = await turn.agents.find(store, place, named);
  return found.ok ? { agent: found.agent } : { agentGone: found.message };
}

/** It was chosen when this server still had it. */
async function tellOtherModel(
  writer: TurnWriter,
  { wanted, answers }: { wanted: string; answers: string },
): Promise<void> {
  const text = `There is no model ${wanted} here any more: ${answers} answers.`;
  await writer.record([{ type: 'notice', actor: systemActor, data: { level: 'warning', text } }]);
}
