import type { WorkflowGraph } from '@deckhand/shared';
import { namedModel } from '../../agent/models/models.ts';
import type { CommitPort, LoopPorts } from '../../agent/ports.ts';
import { onTask } from '../../agent/tools/catalog.ts';
import type { Told } from '../../agent/tools/tool.ts';
import { cacheKeyOf, type TaskWriter } from '../../sessions/run/taskWriter.ts';
import { boardPort } from '../boardPort.ts';
import { commitPort } from '../commitPort.ts';
import { contextPort } from '../contextPort.ts';
import { makeWay } from '../control.ts';
import { OverBudget, tokensOf } from '../ends.ts';
import { historyPort } from '../historyPort.ts';
import { policyPort } from '../policyPort.ts';
import { sandboxPort } from '../sandboxPort.ts';
import { TurnBudget } from '../turnBudget.ts';
import type { TurnControl } from '../turnControl.ts';
import { agentsFor, turnInstructions } from '../turnInstructions.ts';
import type { TaskRunDeps } from './taskTurn.ts';

/** What an agent on a task works through: its own context and run state, the turn's sandbox, policy and budget. */
export function openPorts(deps: TaskRunDeps, signal: AbortSignal): LoopPorts {
  const { deps: turnDeps, writer, meta, task, control, sandbox, interrupt, keep } = deps;
  const { tasks, delegates, tree } = deps;
  const { state } = task;
  const { run, agent } = state;
  const { model, clock, maxSteps, repos } = turnDeps;
  const agentModel = namedModel(model.models, run.model) ?? model.models.main;
  const own: TurnControl = { ...control, interrupt };
  const others = agentsFor(turnDeps, meta, run.author);
  const known = { ...turnDeps, meta, agent, ...(delegates ? { others } : {}) };
  const budget = new TurnBudget({ ...turnDeps, writer: task, meta, run, taskId: state.task.id });
  const context = contextPort(task, run, {
    ...turnDeps,
    settings: turnDeps.context,
    ...turnInstructions(known, signal),
    summarisers: [model.models.fast, agentModel],
    budget,
    signal,
  });
  const calls = sandboxPort({
    writer: task,
    sandbox,
    control: own,
    run,
    repos,
    tree,
  });
  return {
    context,
    commit: withFirstWord(
      deps,
      commitPort(task, run, {
        ...context,
        messageIds: state.task.id.slice(4),
        maxSteps,
        speaks: () => {},
        charged: async () => {
          deps.used();
          await budget.settle();
        },
        riskOf: call => turnDeps.policies.riskOf(call, { untrusted: call.untrusted ?? [] }),
        hear: async () => {
          signal.throwIfAborted();
          await deps.beforeStep();
          await makeWay(turnDeps.store, deps.writer.sessionId);
          await readInbox(task);
          leftInTurn(deps);
          await budget.room(signal);
        },
      }),
    ),
    tools: {
      mode: run.mode,
      agent: onTask(agent, { delegates }),
      ports: {
        ...deps.ports,
        sandbox: {
          run: async call => {
            await touch(deps);
            return calls.run(call);
          },
        },
        board: boardPort({ ...turnDeps, writer, meta, task: { taskId: state.task.id, agentId: agent.id } }),
        history: historyPort({ ...turnDeps, meta, run, control: own }),
        tasks,
        workflow: { propose: async (_, graph) => propose(deps, graph) },
      },
      offered: async () => ({
        pulls: turnDeps.changes.opensPulls(meta.repo) && !meta.attempt,
        page: false,
        children: false,
        tasks: delegates,
        workflows: state.plans !== undefined,
      }),
      keepOutput: (call, { shown }) => keep(call, sandbox, shown),
      settled: async () => signal.throwIfAborted(),
    },
    policy: policyPort({ ...turnDeps, writer: task, meta, run, control: own, above: state.above }),
    model: {
      ...model,
      agentModel: { ...agentModel, temperature: run.temperature },
      cacheKey: cacheKeyOf(writer.sessionId, state),
    },
    clock,
  };
}

function withFirstWord({ siblings, task }: TaskRunDeps, commit: CommitPort): CommitPort {
  return {
    ...commit,
    firstWord(atMs) {
      siblings.isWarm(task.state.agent.version);
      commit.firstWord(atMs);
    },
  };
}

/** The last one counts. */
async function propose({ task, proposal }: TaskRunDeps, graph: WorkflowGraph): Promise<Told> {
  const { plans, run } = task.state;
  if (!plans)
    return { ok: false, text: 'Not from within a task: say in your result what you would propose.' };
  const made = await proposal(graph);
  if (!made.ok) return { ok: false, text: made.message };
  plans.proposed = made.graph;
  await task.note(run);
  return {
    ok: true,
    text: 'Taken: what is left is done so. End with a sentence on what you changed and why.',
  };
}

/** A tool of a task ran in the sandbox: the turn may have work to keep. */
async function touch({ run, writer }: TaskRunDeps): Promise<void> {
  if (run.touched) return;
  run.touched = true;
  await writer.note(run);
}

async function readInbox(task: TaskWriter): Promise<void> {
  const { state } = task;
  if (state.inbox.length === 0) return;
  const read = state.inbox;
  state.inbox = [];
  state.heard = [...state.heard, ...read.map(({ id }) => id)];
  await task.advance(state.run, {
    messages: read.map(({ text, by }) => ({
      role: 'user',
      content: `[${by ?? 'Whoever gave you the task'} says:] ${text}`,
    })),
  });
}

/** The turn's tokens are for all of its agents. */
function leftInTurn({ run }: TaskRunDeps): void {
  const used = tokensOf(run);
  if (used < run.tokenBudget) return;
  throw new OverBudget({ of: 'turn', unit: 'tokens', used, limit: run.tokenBudget, raisedBy: 'member' });
}
