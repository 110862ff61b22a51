import { namedModel } from '../agent/models/models.ts';
import type { LoopPorts, PartialAnswer, PolicyPort } from '../agent/ports.ts';
import type { Call, ToolPorts } from '../agent/tools/tool.ts';
import { commitPort } from './commitPort.ts';
import { contextPort } from './contextPort.ts';
import { makeWay, tellOfControl } from './control.ts';
import { tellOfEgress } from './egressTold.ts';
import { historyPort } from './historyPort.ts';
import { hearPrompts } from './steering.ts';
import type { TaskTurn } from './tasks/taskTurn.ts';
import type { TurnTasks } from './tasks/turnTasks.ts';
import type { TurnBudget } from './turnBudget.ts';
import { agentsFor, turnInstructions } from './turnInstructions.ts';
import { workflowPort } from './workflow/proposals.ts';

export type TurnPortsDeps = {
  turn: TaskTurn;
  tasks: TurnTasks;
  budget: TurnBudget;
  policy: PolicyPort;
  sandbox: ToolPorts['sandbox'];
  speaks: (partial: PartialAnswer | null) => void;
  /** A request is about to leave. */
  onRequest: () => void;
  settled: (calls: readonly Call[]) => Promise<void>;
};

/** What the turn's own agent works through. */
export function openTurnPorts(ports: TurnPortsDeps): LoopPorts {
  const { turn, tasks, budget, policy, sandbox, speaks, onRequest, settled } = ports;
  const { deps, writer, meta, run, control, keep, sandbox: sessionSandbox, ports: shared } = turn;
  const { changes, maxSteps, model, clock } = deps;
  // One that began before this server was configured anew may be of a model that it has no more.
  const agentModel = namedModel(model.models, run.model) ?? model.models.main;
  run.model = agentModel.name;
  const signal = AbortSignal.any([control.interrupt, control.abandon]);
  const known = { ...deps, meta, agent: run.agent };
  const others = tasks.delegates(0) ? agentsFor(deps, meta, run.author) : undefined;
  const context = contextPort(writer, run, {
    ...deps,
    settings: deps.context,
    ...turnInstructions(others ? { ...known, others } : known, signal),
    summarisers: [model.models.fast, agentModel],
    budget,
    signal,
  });
  return {
    context,
    commit: commitPort(writer, run, {
      maxSteps,
      speaks,
      charged: () => budget.settle(),
      ...context,
      riskOf: call => deps.policies.riskOf(call, { untrusted: call.untrusted ?? [] }),
      hear: async () => {
        // What it would not read any more stays in line.
        signal.throwIfAborted();
        await tellOfEgress(deps.store, writer, run);
        await tasks.hear();
        await makeWay(deps.store, meta.id);
        await tellOfControl(deps.store, writer, run);
        await hearPrompts(deps, writer, run);
        await budget.room(signal);
      },
    }),
    tools: {
      mode: run.mode,
      agent: run.agent,
      ports: {
        sandbox,
        ...shared,
        tasks: tasks.port(),
        workflow: workflowPort(turn),
        history: historyPort({ ...deps, control, run, meta }),
      },
      offered: async () => ({
        pulls: changes.opensPulls(meta.repo) && !meta.attempt,
        page: Object.keys(await writer.picks()).length > 0,
        children: deps.children.mayBegin(meta) && !meta.attempt,
        tasks: tasks.delegates(0),
        workflows: tasks.delegates(0) && !meta.attempt,
      }),
      keepOutput: (call, { shown }) => keep(call, sessionSandbox, shown),
      settled,
    },
    policy,
    model: {
      ...model,
      agentModel: { ...agentModel, temperature: run.temperature },
      cacheKey: meta.id,
      onRequest: () => {
        model.onRequest();
        onRequest();
      },
    },
    clock,
  };
}
