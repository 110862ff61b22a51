import { isTaskOver, type SessionTree, type ShownChild, startOf, type TreeTask } from '@deckhand/shared';
import { childText, standingOf } from '@deckhand/shared/words';
import { runCost } from '../policy/budgets/runCost.ts';
import { readChildren } from '../sessions/children/childRecord.ts';
import { headAt } from '../sessions/log/headsAt.ts';
import { type CostOf, sessionUse } from '../sessions/run/sessionUse.ts';
import { readTasks, type TaskRecord } from '../sessions/run/taskRecords.ts';
import { type Meta, toSession } from '../sessions/store/meta.ts';
import type { Store } from '../sessions/store/store.ts';

/** Of one session; older ones are counted. */
const shownTasks = 200;
/** Sessions of one tree; a deeper one is looked at by itself. */
const shownSessions = 200;
const goalChars = 200;

export type TreeDeps = {
  store: Store;
  costOf: CostOf;
  clock: () => number;
  /** Null where whoever looks may not see it. */
  see: (sessionId: string) => Promise<Meta | null>;
};

/** A session with its tasks and those that its agent began, as deep as whoever looks may see. */
export async function sessionTree(deps: TreeDeps, meta: Meta): Promise<SessionTree> {
  return treeOf({ ...deps, room: { left: shownSessions } }, meta);
}

type Growing = TreeDeps & { room: { left: number } };

async function treeOf(deps: Growing, meta: Meta): Promise<SessionTree> {
  const { store, costOf, clock } = deps;
  const nowMs = clock();
  deps.room.left -= 1;
  const [use, records, known, { workflow }] = await Promise.all([
    sessionUse(store, meta, { costOf, nowMs }),
    readTasks(store, meta.id),
    readChildren(store, meta.id),
    headAt(store, meta.id, meta.last),
  ]);
  const shown = records.slice(-shownTasks);
  const children: SessionTree[] = [];
  for (const { record } of known.values()) children.push(await childOf(deps, record));
  return {
    ...{ sessionId: meta.id, repo: meta.repo, title: meta.title, word: standingOf(meta).word, ...use },
    session: toSession(meta),
    tasks: shown.map(record => taskOf(record, { costOf, nowMs })),
    tasksBefore: records.length - shown.length,
    ...(workflow ? { workflow } : {}),
    children: children.toSorted((a, b) => begunAt(a).localeCompare(begunAt(b))),
  };
}

/** In the order in which they began; records of children are kept in none. */
const begunAt = ({ session }: SessionTree): string => session?.createdAt ?? '';

/** What they may not see says no more than its parent knows of it. */
async function childOf(deps: Growing, child: ShownChild): Promise<SessionTree> {
  const seen = deps.room.left > 0 ? await deps.see(child.childId) : null;
  if (seen) return treeOf(deps, seen);
  const { childId: sessionId, repo, title } = child;
  const nothing = { tokens: 0, durationMs: 0, tasks: [], tasksBefore: 0, children: [] };
  return { sessionId, repo, title, word: childText(child), ...nothing };
}

function taskOf(record: TaskRecord, { costOf, nowMs }: { costOf: CostOf; nowMs: number }): TreeTask {
  const { task, turnId, agent, run } = record;
  const cost = runCost(run, costOf);
  const endMs = isTaskOver(task.status) ? Date.parse(task.updatedAt) : nowMs;
  return {
    ...{ taskId: task.id, turnId, agentId: agent.id, agentName: agent.name, model: run.model },
    ...(task.parentId ? { parentId: task.parentId } : {}),
    ...{ goal: startOf(task.goal.split('\n')[0] ?? '', goalChars), status: task.status },
    tokens: run.usage.inputTokens + run.usage.outputTokens,
    ...(cost.isWhole && run.steps > 0 ? { costUsd: cost.usd } : {}),
    durationMs: Math.max(0, Math.round(endMs - Date.parse(task.createdAt))),
  };
}
