import { mayRun, refusedInPlanMode } from './planMode.ts';
import { type LoopPorts, Parked } from './ports.ts';
import { toolOf } from './tools/catalog.ts';
import { type Call, notRun, type ToolResult } from './tools/tool.ts';
import { hasTool } from './worker.ts';

type DispatchPorts = Pick<LoopPorts, 'commit' | 'tools' | 'policy'>;

/**
 * Runs the calls of the last response and commits each result as it comes. Calls that only read run side by side,
 * the others one after the other in the order that the model asked for them. Sending a call again after a crash is
 * safe: each port says how.
 */
export async function dispatch(ports: DispatchPorts, calls: readonly Call[]): Promise<void> {
  for (const group of groups(calls)) {
    // All of a group are over before an error of one is told: nothing may commit behind the turn's end.
    const results = await Promise.allSettled(group.map(call => runCall(ports, call)));
    const failed = results.filter(result => result.status === 'rejected').map(({ reason }) => reason);
    if (failed.length > 0) throw failed.find(error => !(error instanceof Parked)) ?? failed[0];
  }
}

function groups(pending: readonly Call[]): Call[][] {
  const last = ({ tool }: Call) => Number(toolOf(tool)?.comesLast ?? false);
  const result: Call[][] = [];
  let readers: Call[] | null = null;
  for (const call of pending.toSorted((a, b) => last(a) - last(b))) {
    if (!toolOf(call.tool)?.sideBySide) {
      readers = null;
      result.push([call]);
    } else if (readers) readers.push(call);
    else {
      readers = [call];
      result.push(readers);
    }
  }
  return result;
}

/** Commits a result for each call without running any. */
export async function refuse(
  commit: LoopPorts['commit'],
  calls: readonly Call[],
  reason: string,
): Promise<void> {
  for (const call of calls) await commit.result(call, notRun(reason), undefined);
}

async function runCall({ commit, tools, policy }: DispatchPorts, call: Call): Promise<void> {
  const result = await perform({ ...tools, policy }, call);
  const artifactId = result.truncated || result.shown ? await tools.keepOutput(call, result) : undefined;
  await commit.result(call, result, artifactId);
}

const notItsTool = (agent: string, tool: string) =>
  `Refused: the agent ${agent} does not have ${tool}. Do what you can with your own tools, and say what another would have to do.`;

async function perform(
  {
    ports,
    mode,
    agent,
    policy,
  }: Pick<LoopPorts['tools'], 'ports' | 'mode' | 'agent'> & Pick<LoopPorts, 'policy'>,
  call: Call,
): Promise<ToolResult> {
  const tool = toolOf(call.tool);
  if (agent && !hasTool(agent, call.tool))
    return notRun('Refused: not a tool of this agent', notItsTool(agent.id, call.tool));
  if (tool && !mayRun(tool, mode))
    return notRun('Refused: only a plan is wanted', refusedInPlanMode(call.tool));
  if (call.invalid) return notRun('Arguments were not valid', call.invalid);
  // It was asked for under another version of this server.
  if (!tool) return notRun(`There is no tool ${call.tool} any more`);
  const judged = await policy.judge(call);
  if (judged.may === 'not') return notRun(judged.summary, judged.told);
  const result = await tool.run(judged.call, ports);
  return judged.told ? { ...result, output: `${judged.told}\n${result.output}` } : result;
}
