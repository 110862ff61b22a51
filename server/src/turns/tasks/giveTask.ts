import { agentRef, defaultModel } from '@deckhand/shared';
import { namedModel } from '../../agent/models/models.ts';
import { changesFiles, onTask } from '../../agent/tools/catalog.ts';
import { type Call, type CallResult, notRun, type TasksPort } from '../../agent/tools/tool.ts';
import type { TaskRecord } from '../../sessions/run/taskRecords.ts';
import { TaskWriter } from '../../sessions/run/taskWriter.ts';
import { agentActor } from '../../sessions/run/turnWriter.ts';
import { runOf, type TaskTurn } from './taskTurn.ts';
import { firstMessage } from './words.ts';

/** Of one turn, whoever gives them. */
export const mostTasks = 40;
const shownInputChars = 4_000;

/** `check` and on: of a workflow's parts, which no agent asks for. */
export type Wanted = Parameters<TasksPort['delegate']>[1] & {
  check?: string | undefined;
  timeoutMs?: number | undefined;
  /** It plans anew what is left of the workflow. */
  plans?: boolean;
  /** How many the turn may give; the usual where absent. */
  most?: number;
};

/** The same call gives the same task, however often it is sent. */
export const taskIdOf = ({ callId }: Call): string => callId.replace(/^cal_/, 'tsk_');

/** Writes a task down, or says why there is none. `outer`: the task whose agent gives it. */
export async function giveTask(
  turn: TaskTurn,
  outer: TaskRecord | null,
  { call, wanted, count }: { call: Call; wanted: Wanted; count: number },
): Promise<{ given: TaskWriter } | { refused: CallResult }> {
  const { deps, meta, run, writer } = turn;
  const { agent: named, goal, input = '', background = false, check, plans, most = mostTasks } = wanted;
  const depth = (outer?.depth ?? 0) + 1;
  if (depth > deps.tasks.depth)
    return refused(
      'Too deep',
      'This was given on as often as may be. Do it yourself, or end with what you have.',
    );
  if (count >= most)
    return refused('Too many tasks', `A turn gives ${most} tasks at most. Do the rest yourself.`);
  const place = { orgId: meta.orgId, userId: run.author.userId, repoId: meta.repo };
  const found = await deps.agents.find(deps.store, place, named);
  if (!found.ok) return refused('No such agent', found.message);
  const { agent } = found;
  const giver = outer?.run ?? run;
  const above = [...(outer?.above ?? []), ...(giver.agent ? [giver.agent] : [])];
  const own = agent.model === defaultModel ? undefined : namedModel(deps.model.models, agent.model);
  const at = new Date().toISOString();
  const record: TaskRecord = {
    task: {
      ...{ id: taskIdOf(call), sessionId: writer.sessionId, assignedAgent: agent.id, goal, input },
      ...(outer ? { parentId: outer.task.id } : {}),
      ...{ status: 'pending', artifacts: [], createdAt: at, updatedAt: at },
    },
    ...{ turnId: run.turnId, agent, depth, background, told: false },
    above: above.map(({ id, permissions }) => ({ id, permissions })),
    writes: changesFiles(onTask(agent, { delegates: false }), run.mode),
    within: outer === null ? null : outer.writes ? outer.task.id : outer.within,
    run: runOf(giver, { agent, goal, model: own?.name ?? giver.model }),
    ...{ length: 0, versions: [], measure: null, window: null, inbox: [], heard: [], treeIn: null },
    ...(check === undefined ? {} : { check }),
    ...(plans ? { plans: { proposed: null } } : {}),
  };
  run.delegated = true;
  const task = new TaskWriter({ store: deps.store, turn: writer }, record, []);
  const shown = { ...record.task, input: input.slice(0, shownInputChars) };
  const data = { task: shown, agent: agentRef(agent), depth, callId: call.callId, background };
  await task.advance(record.run, {
    events: [{ type: 'task.created', actor: agentActor, data }],
    messages: [firstMessage(record)],
  });
  return { given: task };
}

const refused = (summary: string, why: string) => ({ refused: notRun(summary, why) });
