import { limits, Outcome, PlanMode } from '@deckhand/shared';
import { z } from 'zod';
import { readField, readHash } from '../archive/hotOrCold.ts';
import { part, sessionKey } from '../store/keys.ts';
import { ContextSkips, type Meta, type Run } from '../store/meta.ts';
import type { Store } from '../store/store.ts';
import { WorkflowState } from './workflowState.ts';

/** What a session was when a turn ended: all it takes to go on from there, in this session or in a fork. */
export const TurnRecord = z.object({
  turnId: z.string(),
  /** From 1, in the order in which they ended; the numbers of undone turns are not used again. */
  n: z.number(),
  /** Of its `turn.finished`; the `session.state` behind it belongs to it too. */
  seq: z.number(),
  atMs: z.number(),
  /** What it waited for people is not counted: it began so much later. */
  startedAtMs: z.number().optional(),
  outcome: Outcome,
  /** Only a plan was wanted. */
  mode: PlanMode.optional(),
  /** Id of the agent that worked; absent where none was named. */
  agent: z.string().optional(),
  /** The workflow that it ran and did not finish. */
  workflow: WorkflowState.optional(),
  /** First line of its prompt. */
  title: z.string(),
  /** The turn that the session stood at when this one began: not the one with the number before after a rewind. */
  after: z.string().nullable(),
  refSha: z.string().nullable(),
  baseSha: z.string().nullable(),
  branch: z.string().nullable(),
  /** Messages in the context at its end, and those of them that the model did not read any more. */
  contextLength: z.number(),
  contextSkips: ContextSkips,
  /**
   * Name of the disk that holds its work tree, where one was kept: of this turn, or of the one before where this one
   * left the sandbox alone. Null where no turn had touched it yet. Whether the disk is there, the snapshots know.
   */
  disk: z.string().nullable(),
  /** The root file system that its sandbox had; the base image where null. */
  root: z.string().nullable(),
});
export type TurnRecord = z.infer<typeof TurnRecord>;

/** Name of the disk that is kept at a turn's end. */
export const turnDisk = (turnId: string) => `turn-${turnId}`;
export const isTurnDisk = (name: string) => name.startsWith('turn-');

/** The record of a turn that is about to end as the session's next two events. */
export async function recordOf(
  store: Store,
  meta: Meta,
  run: Run,
  outcome: TurnRecord['outcome'],
): Promise<TurnRecord> {
  const [ended, contextLength, before] = await Promise.all([
    store.hlen(sessionKey(meta.id, part.turns)),
    store.llen(sessionKey(meta.id, part.context)),
    readTurn(store, meta.id, meta.turnHead),
  ]);
  return {
    turnId: run.turnId,
    n: ended + 1,
    seq: meta.last + 1,
    atMs: Date.now(),
    startedAtMs: run.startedAtMs,
    outcome,
    ...(run.mode ? { mode: run.mode } : {}),
    ...(run.agent ? { agent: run.agent.id } : {}),
    ...(run.workflow && run.workflow.outcome !== 'done' ? { workflow: run.workflow } : {}),
    title: run.title.trim().split('\n')[0]?.slice(0, limits.titleChars) ?? '',
    after: meta.turnHead,
    refSha: meta.refSha,
    baseSha: meta.baseSha,
    branch: meta.branchState?.name ?? null,
    contextLength,
    contextSkips: meta.contextSkips,
    root: meta.root,
    disk: run.touched ? turnDisk(run.turnId) : (before?.disk ?? null),
  };
}

export async function readTurn(
  store: Store,
  sessionId: string,
  turnId: string | null,
): Promise<TurnRecord | null> {
  const text = turnId ? await readField(store, sessionId, part.turns, turnId) : null;
  return text ? TurnRecord.parse(JSON.parse(text)) : null;
}

/** All of a session's turns that ended, first to last. */
export async function readTurns(store: Store, sessionId: string): Promise<TurnRecord[]> {
  const records = await readHash(store, sessionId, part.turns);
  return Object.values(records)
    .map(text => TurnRecord.parse(JSON.parse(text)))
    .sort((a, b) => a.n - b.n);
}

/** The turns that lead to where the session stands; the others were undone. */
export function standingTurns(turns: readonly TurnRecord[], head: string | null): Set<string> {
  const byId = new Map(turns.map(turn => [turn.turnId, turn]));
  const standing = new Set<string>();
  for (let turn = byId.get(head ?? ''); turn && !standing.has(turn.turnId); ) {
    standing.add(turn.turnId);
    turn = byId.get(turn.after ?? '');
  }
  return standing;
}
