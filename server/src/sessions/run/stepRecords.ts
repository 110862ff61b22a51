import { createHash } from 'node:crypto';
import { AgentRef } from '@deckhand/shared';
import { z } from 'zod';
import { readField, readList } from '../archive/hotOrCold.ts';
import type { Op } from '../store/commit.ts';
import { part, sessionKey } from '../store/keys.ts';
import { ContextSkips } from '../store/meta.ts';
import type { Store } from '../store/store.ts';

const count = z.number().int().nonnegative();

/** Of an answer of the model: what its request was made of, so that it can be built again. */
export const StepRecord = z.object({
  turnId: z.string(),
  atMs: z.number(),
  model: z.string(),
  temperature: z.number().optional(),
  /** Version of what is written for the model in files. */
  prompts: z.string(),
  /** Whose step it is, with the version of its definition; absent where no agent was named. */
  agent: AgentRef.optional(),
  /** The task that it is of; its context is that task's then. */
  taskId: z.string().optional(),
  /** Id of its instructions among those that the session keeps. */
  instructions: z.string(),
  /** Names of the tools that were offered. */
  tools: z.array(z.string()),
  /** The context that it read: how long it was, by which version, and what a rewind had taken back by then. */
  context: z.object({ length: count, version: count, skips: ContextSkips }),
  usage: z.object({ inputTokens: count, outputTokens: count, cachedInputTokens: count }),
  /** More than one where the answer came in pieces: `after` so many messages of the same answer. Empty where nothing left. */
  requests: z.array(z.object({ bytes: count, sha256: z.string(), after: count })),
  /** What requests of this session say that they have in common. */
  cacheKey: z.string(),
});
export type StepRecord = z.infer<typeof StepRecord>;

const idChars = 16;
const instructionsId = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, idChars);

/** Writes step records of one session. */
export class StepRecords {
  #store: Store;
  #sessionId: string;
  /** Of a task: its id, and what its requests have in common with those of others. */
  #of: { taskId?: string; cacheKey: string };
  #kept = new Set<string>();

  constructor(store: Store, sessionId: string, of?: { taskId: string; cacheKey: string }) {
    this.#store = store;
    this.#sessionId = sessionId;
    this.#of = of ?? { cacheKey: sessionId };
  }

  /** For the write that holds the answer. Instructions are the same for many steps, and kept once. */
  async opsOf(record: Omit<StepRecord, 'instructions' | 'cacheKey'>, instructions: string): Promise<Op[]> {
    const id = instructionsId(instructions);
    const ops: Op[] = [['RPUSH', part.steps, JSON.stringify({ ...record, instructions: id, ...this.#of })]];
    const key = sessionKey(this.#sessionId, part.instructions);
    const isKept = this.#kept.has(id) || (await this.#store.hexists(key, id)) === 1;
    this.#kept.add(id);
    return isKept ? ops : [['HSETNX', part.instructions, id, instructions], ...ops];
  }
}

/** All steps of a session, oldest first: their places are their numbers, from 1. */
export async function readSteps(store: Store, sessionId: string): Promise<StepRecord[]> {
  const texts = await readList(store, sessionId, part.steps);
  return texts.map(text => StepRecord.parse(JSON.parse(text)));
}

export async function readStep(store: Store, sessionId: string, n: number): Promise<StepRecord | null> {
  return (await readSteps(store, sessionId))[n - 1] ?? null;
}

/** Null where they are not kept (any more). */
export function readInstructions(store: Store, sessionId: string, id: string): Promise<string | null> {
  return readField(store, sessionId, part.instructions, id);
}

/** What a fork takes along of the steps of these turns. */
export async function copyOfSteps(
  store: Store,
  sessionId: string,
  turnIds: ReadonlySet<string>,
): Promise<Op[]> {
  const [steps, instructions] = await Promise.all([
    readSteps(store, sessionId),
    store.hgetall(sessionKey(sessionId, part.instructions)),
  ]);
  const theirs = steps.filter(({ turnId }) => turnIds.has(turnId));
  const asked = new Set(theirs.map(step => step.instructions));
  const tasks = await copyOfTasks(store, sessionId, new Set(theirs.flatMap(step => step.taskId ?? [])));
  const texts = Object.entries(instructions).filter(([id]) => asked.has(id));
  return [
    ...theirs.map((step): Op => ['RPUSH', part.steps, JSON.stringify(step)]),
    ...texts.map(([id, text]): Op => ['HSETNX', part.instructions, id, text]),
    ...tasks,
  ];
}

/** What agents on these tasks read, for who looks at their steps again. */
async function copyOfTasks(store: Store, sessionId: string, taskIds: ReadonlySet<string>): Promise<Op[]> {
  if (taskIds.size === 0) return [];
  const [records, messages] = await Promise.all([
    store.hmget(sessionKey(sessionId, part.tasks), ...taskIds),
    store.lrange(sessionKey(sessionId, part.taskContext), 0, -1),
  ]);
  const theirs = messages.filter(text => taskIds.has(String((JSON.parse(text) as unknown[])[0])));
  return [
    ...[...taskIds].flatMap((id, i): Op[] => (records[i] ? [['HSET', part.tasks, id, records[i]]] : [])),
    ...theirs.map((text): Op => ['RPUSH', part.taskContext, text]),
  ];
}
