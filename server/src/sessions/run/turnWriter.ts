import type { Actor, BudgetState, ErrorCode, Outcome, TurnFrame, Usage } from '@deckhand/shared';
import { agentRef } from '@deckhand/shared';
import type { ModelMessage } from 'ai';
import type { ApprovalRequest } from '../approvals.ts';
import { withAuthor } from '../authors.ts';
import { type Wait, waitForChildren } from '../children/waiting.ts';
import { proposal } from '../plans.ts';
import type { StoredPrompt } from '../queue/inbox.ts';
import { type Check, type Committed, commit, type EventDraft, type Op } from '../store/commit.ts';
import { draftText, part, sessionPrefix } from '../store/keys.ts';
import { type Branch, type Meta, type Run, readMeta } from '../store/meta.ts';
import type { Store } from '../store/store.ts';
import { checksOf, type HappeningKind, nextState, type Seen } from '../transitions.ts';
import { type Context, type ContextVersion, type Measure, readContext } from './context.ts';
import { closeCalls, parkTurn, resumeTurn } from './parking.ts';
import { RememberedContext } from './rememberedContext.ts';
import { type RunState, readRun, readRunIds } from './runState.ts';
import { StepRecords } from './stepRecords.ts';
import { endedDraft, type ReadPrompts, taking } from './taking.ts';
import { recordOf } from './turnRecords.ts';
import { startedWorkflow } from './workflowState.ts';

export type EventError = { code: ErrorCode; message: string };

export const agentActor: Actor = { kind: 'agent' };
export const systemActor: Actor = { kind: 'system' };

/** Another worker owns the session now: whoever gets this drops what it does and writes nothing more. */
export class FenceLost extends Error {
  override name = 'FenceLost';
}

/** What a turn may write, all of it under its fence. */
export class TurnWriter {
  readonly sessionId: string;
  readonly fence: number;
  #store: Store;
  readonly stepRecords: StepRecords;
  #remembered: RememberedContext;

  constructor(store: Store, sessionId: string, fence: number) {
    this.#store = store;
    this.sessionId = sessionId;
    this.fence = fence;
    this.stepRecords = new StepRecords(store, sessionId);
    this.#remembered = new RememberedContext(() => readContext(store, sessionId));
  }

  async meta(): Promise<Meta> {
    const meta = await readMeta(this.#store, this.sessionId);
    if (!meta) throw new FenceLost('the session is gone');
    return meta;
  }

  /** The turn that a worker left, and whether it is to stop. */
  run(): Promise<RunState> {
    return readRun(this.#store, this.sessionId);
  }

  /** What the model reads: read once, then kept in step with what this writer adds. */
  context(): Promise<Context> {
    return this.#remembered.read();
  }

  /** From now on the model reads the context so. Nothing of it is taken away. */
  async compact(run: Run, version: ContextVersion, events: EventDraft[]): Promise<void> {
    await this.advance(run, { events, ops: [['RPUSH', part.versions, JSON.stringify(version)]] });
    // The messages before it are not read any more; a fresh look costs once what the next requests save.
    this.#remembered.forget();
  }

  /** Who sent each pick that came with a prompt of this session: pickId -> userId. */
  picks(): Promise<Record<string, string>> {
    return this.#store.hgetall(sessionPrefix(this.sessionId) + part.picks);
  }

  /** Moves the given head of the queue into run state. False where the queue changed meanwhile: look again. */
  async startTurn(prompts: StoredPrompt[], run: Run, read: ReadPrompts): Promise<boolean> {
    const meta = await this.meta();
    const state = nextState(meta.state, { kind: 'turn.started' });
    if (!state) return false;
    const { ids, seen, ops } = taking(prompts, read);
    const done = await this.#commit(
      this.#checks('turn.started', { ...seen, state: meta.state }),
      [
        ...ops,
        ['HSET', part.meta, 'state', state],
        ['HSET', part.run, 'turnId', run.turnId, 'turn', JSON.stringify(run)],
        ['HDEL', part.run, 'stop'],
      ],
      [
        {
          type: 'turn.started',
          actor: systemActor,
          turnId: run.turnId,
          data: {
            ...{ turnId: run.turnId, promptIds: ids, model: run.model },
            ...(run.mode ? { mode: run.mode } : {}),
            ...(run.agent ? { agent: agentRef(run.agent) } : {}),
          },
        },
        { type: 'session.state', actor: systemActor, turnId: run.turnId, data: { state } },
        ...startedWorkflow(run),
      ],
    );
    // Turns are few: what their prompts add is read with the rest.
    this.#remembered.forget();
    return done.ok;
  }

  /** Moves the given head of the queue into the running turn. False where the queue changed meanwhile: look again. */
  async steer(prompts: StoredPrompt[], run: Run, read: ReadPrompts): Promise<boolean> {
    const { ids, seen, ops } = taking(prompts, read);
    const others = prompts.map(({ author }) => author).filter(({ userId }) => userId !== run.author.userId);
    const steered: Partial<Run> = {
      promptIds: [...run.promptIds, ...ids],
      ...(others.length > 0 ? { beside: others.reduce(withAuthor, run.beside ?? []) } : {}),
    };
    const { turnId } = run;
    const done = await this.#commit(
      this.#checks('turn.steered', seen),
      [...ops, ['HSET', part.run, 'turn', JSON.stringify({ ...run, ...steered })]],
      [{ type: 'turn.steered', actor: systemActor, turnId, data: { turnId, promptIds: ids } }],
    );
    this.#remembered.forget();
    // No more than that: what its tasks used and touched meanwhile stays.
    if (done.ok) Object.assign(run, steered);
    return done.ok;
  }

  /** Puts the turn aside until somebody answered. False where it is to stop instead. */
  async park(run: Run, request: ApprovalRequest): Promise<boolean> {
    const parked = await parkTurn(this.#held, run, request);
    if (parked === 'lost') throw new FenceLost(`fence ${this.fence} of ${this.sessionId} is over`);
    return parked === 'parked';
  }

  /** Puts the turn aside until children of it ended; `seen`: their records as it knows them. */
  async waitFor(
    run: Run,
    waits: { wait: Wait; seen: ReadonlyMap<string, string> },
  ): Promise<'parked' | 'changed' | 'stopped'> {
    const waiting = await waitForChildren(this.#held, run, waits);
    if (waiting === 'lost') throw new FenceLost(`fence ${this.fence} of ${this.sessionId} is over`);
    return waiting;
  }

  /** Takes up a turn that was put aside; one that runs goes on as it is. */
  async resume(run: Run): Promise<Run> {
    const resumed = await resumeTurn(this.#held, await this.meta(), run);
    if (!resumed) throw new FenceLost(`turn ${run.turnId} is not to go on`);
    return resumed;
  }

  get #held() {
    return { store: this.#store, sessionId: this.sessionId, fence: this.fence };
  }

  /** Events, context and run state of one moment of the turn, together. */
  async advance(
    run: Run,
    { messages = [], ...change }: { events?: EventDraft[]; messages?: ModelMessage[]; ops?: Op[] },
  ): Promise<void> {
    const agent = run.agent ? { agentId: run.agent.id } : {};
    const events = (change.events ?? []).map(event => ({ ...agent, ...event, turnId: run.turnId }));
    const ops: Op[] = [
      ['HSET', part.run, 'turn', JSON.stringify(run)],
      ...messages.map((message): Op => ['RPUSH', part.context, JSON.stringify(message)]),
      ...(change.ops ?? []),
      ...events.flatMap(endedDraft),
    ];
    await (messages.length > 0
      ? this.#remembered.add(messages, () => this.#must(ops, events))
      : this.#must(ops, events));
  }

  /** Something beside the turn's own state, under its fence: what its tasks come to. */
  beside = (ops: Op[], events: EventDraft[]): Promise<void> => this.#must(ops, events);

  measured = (measure: Measure): Op[] => [['HSET', part.meta, 'contextMeasure', JSON.stringify(measure)]];

  /** Run state alone: what the log does not show. */
  note(run: Run): Promise<void> {
    return this.advance(run, {});
  }

  /** Adds events or fields that are not part of a step: sandbox states, notices, what was pushed. */
  async record(events: EventDraft[], fields: Record<string, string> = {}): Promise<void> {
    const pairs = Object.entries(fields).flat();
    await this.#must(pairs.length > 0 ? [['HSET', part.meta, ...pairs]] : [], events);
  }

  async recordArtifact(artifactId: string, record: string, events: EventDraft[]): Promise<void> {
    await this.#must([['HSET', part.artifacts, artifactId, record]], events);
  }

  /** A change as it is to be, and the branch of its work. False where somebody else wrote meanwhile: look again. */
  async saveChange(
    write: { checks: Check[]; ops: Op[] },
    { branch, events }: { branch: Branch; events: EventDraft[] },
  ): Promise<boolean> {
    const ops: Op[] = [...write.ops, ['HSET', part.meta, 'branchState', JSON.stringify(branch)]];
    return (await this.#commit([...this.#checks('turn.noted'), ...write.checks], ops, events)).ok;
  }

  /**
   * Ends the turn. A stop that was asked for before this script runs wins over `done` and `asked`; one that comes
   * later finds the turn over. The turn's record is written with it.
   */
  async finishTurn(
    run: Run,
    end: NonNullable<Run['ending']> & {
      usage: Usage;
      costUsd?: number | undefined;
      error?: EventError;
      budget?: BudgetState;
    },
  ): Promise<Outcome> {
    const [meta, { stop }] = await Promise.all([this.meta(), readRunIds(this.#store, this.sessionId)]);
    const stopped = stop === run.turnId && (end.outcome === 'done' || end.outcome === 'asked');
    const outcome = stopped ? 'stopped' : end.outcome;
    const state = nextState(meta.state, { kind: 'turn.finished', outcome });
    if (!state) throw new FenceLost(`turn ${run.turnId} is not running`);
    const drafts = await this.#store.hkeys(sessionPrefix(this.sessionId) + part.drafts);
    const { question, choices, error, budget } = stopped ? ({} as Partial<typeof end>) : end;
    const record = await recordOf(this.#store, meta, run, outcome);
    const closed = await closeCalls(this.#store, this.sessionId, run.turnId);
    const plan = outcome === 'done' ? await proposal(this.#store, this.sessionId, run) : null;
    const done = await this.#commit(
      this.#checks('turn.finished', { stop, last: meta.last }),
      [
        ['HSET', part.meta, 'state', state, 'turnHead', run.turnId, 'lastOutcome', outcome],
        ['HSET', part.turns, run.turnId, JSON.stringify(record)],
        ['HDEL', part.run, 'turn', 'turnId', 'stop', 'parked'],
        ...[part.drafts, part.taskOrders, ...drafts.map(draftText)].map((key): Op => ['DEL', key]),
        ...(plan?.ops ?? []),
        ...closed.ops,
      ],
      [
        {
          type: 'turn.finished',
          actor: systemActor,
          turnId: run.turnId,
          data: {
            turnId: run.turnId,
            outcome,
            usage: end.usage,
            ...(question === undefined ? {} : { question }),
            ...(choices === undefined ? {} : { choices }),
            ...(error === undefined ? {} : { error }),
            ...(budget === undefined ? {} : { budget }),
            ...(end.costUsd === undefined ? {} : { costUsd: end.costUsd }),
            ...(run.firstTokenAtMs === undefined
              ? {}
              : { firstTokenAt: new Date(run.firstTokenAtMs).toISOString() }),
          },
        },
        { type: 'session.state', actor: systemActor, turnId: run.turnId, data: { state } },
        ...(plan?.events ?? []),
        ...closed.events,
      ],
    );
    if (done.ok) return outcome;
    return this.finishTurn(run, end);
  }

  /** Of an unfinished text. False once another worker owns the session. */
  async frame(frame: TurnFrame): Promise<boolean> {
    const { kind, id, turnId, attempt, offset, text } = frame;
    const answer = await this.#store.dhFrame(
      sessionPrefix(this.sessionId),
      this.fence,
      kind,
      id,
      attempt,
      offset,
      text,
      text.length,
      turnId,
    );
    return answer !== 0;
  }

  async #must(ops: Op[], events: EventDraft[]): Promise<void> {
    const done = await this.#commit(this.#checks('turn.noted'), ops, events);
    if (!done.ok) throw new FenceLost(`fence ${this.fence} of ${this.sessionId} is over`);
  }

  #checks(kind: HappeningKind, seen: Seen = {}): Check[] {
    return checksOf(kind, { ...seen, fence: this.fence });
  }

  async #commit(checks: Check[], ops: Op[], events: EventDraft[]): Promise<Committed> {
    const done = await commit(this.#store, this.sessionId, { checks, ops, events });
    if (!done.ok && done.failed[0] === 'fence')
      throw new FenceLost(`fence ${this.fence} of ${this.sessionId} is over`);
    return done;
  }
}
