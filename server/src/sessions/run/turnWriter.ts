import type { Actor, ErrorCode, Outcome, Usage } from '@deckhand/shared';
import type { ModelMessage } from 'ai';
import type { StoredPrompt } from '../queue/inbox.ts';
import { type Check, type Committed, commit, type EventDraft, type Op } from '../store/commit.ts';
import { draftText, part, sessionPrefix } from '../store/keys.ts';
import { type Branch, ContextSkips, type Meta, type Run, readMeta } from '../store/meta.ts';
import type { Store } from '../store/store.ts';
import { checksOf, type HappeningKind, nextState, type Seen } from '../transitions.ts';
import { type RunState, readRun, readRunIds } from './runState.ts';
import { recordOf } from './turnRecords.ts';

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

  constructor(store: Store, sessionId: string, fence: number) {
    this.#store = store;
    this.sessionId = sessionId;
    this.fence = fence;
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

  /** What the model reads: the context without what was undone. */
  async context(): Promise<ModelMessage[]> {
    const prefix = sessionPrefix(this.sessionId);
    const [texts, skips] = await Promise.all([
      this.#store.lrange(prefix + part.context, 0, -1),
      this.#store.hget(prefix + part.meta, 'contextSkips'),
    ]);
    const skipped = ContextSkips.parse(JSON.parse(skips || '[]'));
    return texts
      .filter((_, i) => !skipped.some(([from, to]) => i >= from && i < to))
      .map(text => JSON.parse(text) as ModelMessage);
  }

  /** Who sent each pick that came with a prompt of this session: pickId -> userId. */
  picks(): Promise<Record<string, string>> {
    return this.#store.hgetall(sessionPrefix(this.sessionId) + part.picks);
  }

  /** Moves the given head of the queue into run state. False where the queue changed meanwhile: look again. */
  async startTurn(
    prompts: StoredPrompt[],
    run: Run,
    { messages, picks = [] }: { messages: ModelMessage[]; picks?: readonly SentPick[] },
  ): Promise<boolean> {
    const meta = await this.meta();
    const state = nextState(meta.state, { kind: 'turn.started' });
    if (!state) return false;
    const ids = prompts.map(prompt => prompt.promptId);
    const kept = prompts.map(prompt => [prompt.promptId, JSON.stringify(prompt)] as const);
    const done = await this.#commit(
      this.#checks('turn.started', { head: ids, state: meta.state, prompts: kept }),
      [
        ['LPOP', part.inbox, ids.length],
        ['HDEL', part.prompts, ...ids],
        ['HSET', part.meta, 'state', state],
        ['HSET', part.run, 'turnId', run.turnId, 'turn', JSON.stringify(run)],
        ['HDEL', part.run, 'stop'],
        ...messages.map((message): Op => ['RPUSH', part.context, JSON.stringify(message)]),
        // Whoever names another's pick in a file of theirs does not get it.
        ...picks.map(({ pickId, userId }): Op => ['HSETNX', part.picks, pickId, userId]),
      ],
      [
        {
          type: 'turn.started',
          actor: systemActor,
          turnId: run.turnId,
          data: { turnId: run.turnId, promptIds: ids, model: run.model },
        },
        { type: 'session.state', actor: systemActor, turnId: run.turnId, data: { state } },
      ],
    );
    return done.ok;
  }

  /** Events, context and run state of one moment of the turn, together. */
  async advance(
    run: Run,
    change: { events?: EventDraft[]; messages?: ModelMessage[]; ops?: Op[] },
  ): Promise<void> {
    const events = (change.events ?? []).map(event => ({ ...event, turnId: run.turnId }));
    await this.#must(
      [
        ['HSET', part.run, 'turn', JSON.stringify(run)],
        ...(change.messages ?? []).map((message): Op => ['RPUSH', part.context, JSON.stringify(message)]),
        ...(change.ops ?? []),
        ...events.flatMap(endedDraft),
      ],
      events,
    );
  }

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
    end: NonNullable<Run['ending']> & { usage: Usage; costUsd?: number | undefined; error?: EventError },
  ): Promise<Outcome> {
    const [meta, { stop }] = await Promise.all([this.meta(), readRunIds(this.#store, this.sessionId)]);
    const stopped = stop === run.turnId && (end.outcome === 'done' || end.outcome === 'asked');
    const outcome = stopped ? 'stopped' : end.outcome;
    const state = nextState(meta.state, { kind: 'turn.finished', outcome });
    if (!state) throw new FenceLost(`turn ${run.turnId} is not running`);
    const drafts = await this.#store.hkeys(sessionPrefix(this.sessionId) + part.drafts);
    const { question, choices, error } = stopped ? ({} as Partial<typeof end>) : end;
    const record = await recordOf(this.#store, meta, run, outcome);
    const done = await this.#commit(
      this.#checks('turn.finished', { stop, last: meta.last }),
      [
        ['HSET', part.meta, 'state', state, 'turnHead', run.turnId],
        ['HSET', part.turns, run.turnId, JSON.stringify(record)],
        ['HDEL', part.run, 'turn', 'turnId', 'stop'],
        ['DEL', part.drafts],
        ...drafts.map((id): Op => ['DEL', draftText(id)]),
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
            ...(end.costUsd === undefined ? {} : { costUsd: end.costUsd }),
            ...(run.firstTokenAtMs === undefined
              ? {}
              : { firstTokenAt: new Date(run.firstTokenAtMs).toISOString() }),
          },
        },
        { type: 'session.state', actor: systemActor, turnId: run.turnId, data: { state } },
      ],
    );
    if (done.ok) return outcome;
    return this.finishTurn(run, end);
  }

  /** A piece of an unfinished text. False once another worker owns the session. */
  async frame(piece: FramePiece): Promise<boolean> {
    const { kind, id, turnId, attempt, offset, text } = piece;
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

export type FramePiece = {
  kind: 'message' | 'tool';
  id: string;
  turnId: string;
  attempt: number;
  /** UTF-16 units before this piece. */
  offset: number;
  text: string;
};
/** A capture that came with a prompt, and whose. */
export type SentPick = { pickId: string; userId: string };
export type EventError = { code: ErrorCode; message: string };

/** The event that ends a text deletes its draft in the same script. */
function endedDraft(event: EventDraft): Op[] {
  const id =
    event.type === 'message.done'
      ? event.data.messageId
      : event.type === 'tool.finished'
        ? event.data.callId
        : null;
  return id
    ? [
        ['HDEL', part.drafts, id],
        ['DEL', draftText(id)],
      ]
    : [];
}
