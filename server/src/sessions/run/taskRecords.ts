import {
  AgentDefinition,
  ErrorCode,
  KnownAgent,
  Task,
  type TaskStatus,
  WorkflowGraph,
} from '@deckhand/shared';
import type { ModelMessage } from 'ai';
import { z } from 'zod';
import { readField, readHash, readList } from '../archive/hotOrCold.ts';
import { part } from '../store/keys.ts';
import { Run } from '../store/meta.ts';
import type { Store } from '../store/store.ts';
import { ContextVersion, type Entry, Measure, Window } from './context.ts';

/** What a worker needs to go on with a task, besides its messages. */
export const TaskRecord = z.object({
  task: Task,
  turnId: z.string(),
  /** As its definition was when the task was given. */
  agent: KnownAgent,
  /** Who gave it, and who gave them theirs: none does more than those may. */
  above: z.array(AgentDefinition.pick({ id: true, permissions: true })),
  depth: z.number().int().positive(),
  background: z.boolean(),
  /** It has a work tree of its own. */
  writes: z.boolean(),
  /** The task in whose work tree it was given; null: in the repository's own. */
  within: z.string().nullable(),
  /** Where its loop stands, like a turn's. */
  run: Run,
  /** How many of its messages are kept. */
  length: z.number().int(),
  versions: z.array(ContextVersion),
  measure: Measure.nullable(),
  window: Window.nullable(),
  /** What it is to be told before its next step. */
  inbox: z.array(
    z.object({
      id: z.string(),
      text: z.string(),
      /** The person who says so; absent: whoever gave the task. */
      by: z.string().optional(),
    }),
  ),
  /** Ids of what it was told already. */
  heard: z.array(z.string()),
  /** The sandbox in which its work tree was made. */
  treeIn: z.string().nullable(),
  /** What it cost, where the price is known. */
  costUsd: z.number().nonnegative().optional(),
  error: z.object({ code: ErrorCode, message: z.string() }).optional(),
  /** A person ended it; `takeOver`: to do it themselves. */
  stopped: z.object({ by: z.string(), takeOver: z.boolean() }).optional(),
  /** What it changed could not be merged. */
  unmerged: z.boolean().optional(),
  /** A command that is run in the giver's work tree once its own is merged, before any other is. */
  check: z.string().optional(),
  /** It was begun. */
  checks: z.boolean().optional(),
  checked: z.object({ ok: z.boolean(), output: z.string() }).optional(),
  /** It is to plan anew what is left of the turn's workflow, and what it proposed. */
  plans: z.object({ proposed: WorkflowGraph.nullable() }).optional(),
  /** It was stopped because it took longer than it may. */
  late: z.boolean().optional(),
  /** Whoever gave it has read what came out. */
  told: z.boolean(),
});
export type TaskRecord = z.infer<typeof TaskRecord>;
export type TaskEnd = Extract<TaskStatus, 'done' | 'failed' | 'cancelled'>;

/** Tasks of one turn, or of all, in the order in which they were given. */
export async function readTasks(store: Store, sessionId: string, turnId?: string): Promise<TaskRecord[]> {
  const texts = Object.values(await readHash(store, sessionId, part.tasks));
  return texts
    .map(text => TaskRecord.parse(JSON.parse(text)))
    .filter(record => turnId === undefined || record.turnId === turnId)
    .toSorted((a, b) => (a.task.createdAt < b.task.createdAt ? -1 : 1));
}

const Kept = z.tuple([z.string(), z.unknown()]);

/** What agents on tasks of this session read, of each as far as it is kept, oldest first. */
export async function readTaskMessages(
  store: Store,
  sessionId: string,
): Promise<ReadonlyMap<string, ModelMessage[]>> {
  const byTask = new Map<string, ModelMessage[]>();
  for (const text of await readList(store, sessionId, part.taskContext)) {
    const [taskId, message] = Kept.parse(JSON.parse(text));
    const known = byTask.get(taskId) ?? [];
    byTask.set(taskId, known);
    known.push(message as ModelMessage);
  }
  return byTask;
}

/** As a task's context was read for a request: `read` is what its step noted. Null where it is not kept. */
export async function readTaskContextAt(
  store: Store,
  sessionId: string,
  { taskId, read }: { taskId: string; read: { length: number; version: number } },
): Promise<{ version: ContextVersion | null; entries: Entry[]; after: ModelMessage[] } | null> {
  const [text, byTask] = await Promise.all([
    readField(store, sessionId, part.tasks, taskId),
    readTaskMessages(store, sessionId),
  ]);
  const record = text ? TaskRecord.parse(JSON.parse(text)) : null;
  const messages = byTask.get(taskId) ?? [];
  if (!record || messages.length < read.length) return null;
  const version = record.versions.find(each => each.version === read.version) ?? null;
  if (version === null && read.version !== 0) return null;
  return {
    version,
    entries: entriesOf(messages.slice(0, read.length), version),
    after: messages.slice(read.length),
  };
}

/** Messages that a version reads: those that it kept of the summarised ones, and all behind them. */
export function entriesOf(messages: readonly ModelMessage[], version: ContextVersion | null): Entry[] {
  const from = version?.upTo ?? 0;
  const kept = new Set(version?.kept ?? []);
  return messages.flatMap((message, place) => (place >= from || kept.has(place) ? [{ place, message }] : []));
}
