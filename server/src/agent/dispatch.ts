import type { LoopPorts } from './ports.ts';
import { toolOf } from './tools/catalog.ts';
import { type Call, notRun, type ToolPorts, type ToolResult } from './tools/tool.ts';

type DispatchPorts = Pick<LoopPorts, 'commit' | 'tools'>;

/**
 * Runs the calls of the last response and commits each result as it comes. Calls that only read run side by side,
 * the others one after the other in the order that the model asked for them. Sending a call again after a crash is
 * safe: each port says how.
 */
export async function dispatch(ports: DispatchPorts, calls: readonly Call[]): Promise<void> {
  for (const group of groups(calls)) {
    // All of a group are over before an error of one is told: nothing may commit behind the turn's end.
    const results = await Promise.allSettled(group.map(call => runCall(ports, call)));
    const failed = results.find(result => result.status === 'rejected');
    if (failed) throw failed.reason;
  }
}

function groups(pending: readonly Call[]): Call[][] {
  const last = ({ tool }: Call) => Number(toolOf(tool)?.comesLast ?? false);
  const result: Call[][] = [];
  let readers: Call[] | null = null;
  for (const call of pending.toSorted((a, b) => last(a) - last(b))) {
    if (!toolOf(call.tool)?.readOnly) {
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

async function runCall({ commit, tools }: DispatchPorts, call: Call): Promise<void> {
  const result = await perform(tools.ports, call);
  const artifactId = result.truncated ? await tools.keepOutput(call) : undefined;
  await commit.result(call, result, artifactId);
}

async function perform(ports: ToolPorts, call: Call): Promise<ToolResult> {
  if (call.invalid) return notRun('Arguments were not valid', call.invalid);
  const tool = toolOf(call.tool);
  // It was asked for under another version of this server.
  if (!tool) return notRun(`There is no tool ${call.tool} any more`);
  return tool.run(call, ports);
}
