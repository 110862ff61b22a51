import type { TurnFrame } from '@deckhand/shared';
import type { ModelMessage } from 'ai';
import type { EventDraft, Op } from '../store/commit.ts';
import { part } from '../store/keys.ts';
import type { Meta, Run } from '../store/meta.ts';
import type { Store } from '../store/store.ts';
import { type Context, type ContextVersion, type Measure, Window } from './context.ts';
import { StepRecords } from './stepRecords.ts';
import type { StepWriter } from './stepWriter.ts';
import { endedDraft } from './taking.ts';
import { entriesOf, type TaskRecord } from './taskRecords.ts';
import type { TurnWriter } from './turnWriter.ts';

type Change = { events?: EventDraft[]; messages?: ModelMessage[]; ops?: Op[] };

/**
 * What an agent on a task writes: its own run state and its own context, under the fence of the turn that the task is of.
 * Writes are made in the order in which they were asked for: each holds the record as it was then.
 */
export class TaskWriter implements StepWriter {
  readonly state: TaskRecord;
  readonly stepRecords: StepRecords;
  #turn: TurnWriter;
  #messages: ModelMessage[];
  #last: Promise<unknown> = Promise.resolve();

  constructor(
    { store, turn }: { store: Store; turn: TurnWriter },
    record: TaskRecord,
    messages: readonly ModelMessage[],
  ) {
    this.state = record;
    this.#turn = turn;
    // What is kept behind the record's last write is of none.
    this.#messages = messages.slice(0, record.length);
    this.stepRecords = new StepRecords(store, turn.sessionId, {
      taskId: record.task.id,
      cacheKey: cacheKeyOf(turn.sessionId, record),
    });
  }

  get sessionId(): string {
    return this.#turn.sessionId;
  }

  get fence(): number {
    return this.#turn.fence;
  }

  meta(): Promise<Meta> {
    return this.#turn.meta();
  }

  picks(): Promise<Record<string, string>> {
    return this.#turn.picks();
  }

  async context(): Promise<Context> {
    const { versions, measure, window } = this.state;
    const version = versions.at(-1) ?? null;
    return {
      version,
      newest: version?.version ?? 0,
      entries: entriesOf(this.#messages, version),
      length: this.#messages.length,
      measure,
      window,
      skips: [],
    };
  }

  async compact(run: Run, version: ContextVersion, events: EventDraft[]): Promise<void> {
    this.state.versions.push(version);
    await this.advance(run, { events });
  }

  advance(_: Run, { events = [], messages = [], ops = [] }: Change): Promise<void> {
    const record = this.state;
    const { id, updatedAt: __, ...task } = record.task;
    record.task = { id, ...task, updatedAt: new Date().toISOString() };
    record.length += messages.length;
    const envelope = { turnId: record.turnId, taskId: id, agentId: record.agent.id };
    const made = events.map(event => ({ ...event, ...envelope }));
    const batch: Op[] = [
      ['HSET', part.tasks, id, JSON.stringify(record)],
      ...messages.map((message): Op => ['RPUSH', part.taskContext, JSON.stringify([id, message])]),
      ...ops,
      ...made.flatMap(endedDraft),
    ];
    this.#messages.push(...messages);
    const writing = this.#last.then(() => this.#turn.beside(batch, made));
    this.#last = writing;
    return writing;
  }

  note(run: Run): Promise<void> {
    return this.advance(run, {});
  }

  /** What was learnt of a model's window stays with the task. */
  async record(events: EventDraft[], { contextWindow }: Record<string, string> = {}): Promise<void> {
    if (contextWindow) this.state.window = Window.parse(JSON.parse(contextWindow));
    await this.advance(this.state.run, { events });
  }

  measured(measure: Measure): Op[] {
    this.state.measure = measure;
    return [];
  }

  /** Its words are shown when they are whole: several agents at once would write over each other. Its calls are live. */
  async frame(frame: TurnFrame): Promise<boolean> {
    return frame.kind === 'tool' ? this.#turn.frame(frame) : true;
  }
}

/** Agents of one definition begin their requests alike. */
export const cacheKeyOf = (sessionId: string, { agent }: Pick<TaskRecord, 'agent'>): string =>
  `${sessionId}.${agent.version}`;
