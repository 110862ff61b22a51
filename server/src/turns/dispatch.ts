import type { ToolResultPart } from 'ai';
import { toolOf } from '../agent/tools/catalog.ts';
import { type CallResult, notRun, type ToolPorts, type ToolResult } from '../agent/tools/tool.ts';
import type { SessionSandbox } from '../sandboxes/acquire/sessionSandbox.ts';
import type { KeepOutput } from '../sandboxes/keptOutput.ts';
import { agentActor, type TurnWriter } from '../sessions/run/turnWriter.ts';
import type { PendingCall, Run } from '../sessions/store/meta.ts';

export type DispatchDeps = {
  writer: TurnWriter;
  sandbox: SessionSandbox;
  ports: ToolPorts;
  /** Stores the whole of an output that the result shows only the ends of; answers the artifact's id. */
  keepOutput: KeepOutput;
};

/**
 * Runs the calls of the last response and commits each result as it comes. Calls that only read run side by side,
 * the others one after the other in the order that the model asked for them. Sending a call again after a crash is
 * safe: the journal in the sandbox knows it by its id.
 */
export async function dispatch(deps: DispatchDeps, run: Run): Promise<void> {
  for (const group of groups(run.pending)) {
    // All of a group are over before an error of one is told: nothing may commit behind the turn's end.
    const results = await Promise.allSettled(group.map(call => runCall(deps, run, call)));
    const failed = results.find(result => result.status === 'rejected');
    if (failed) throw failed.reason;
  }
}

function groups(pending: PendingCall[]): PendingCall[][] {
  const last = ({ tool }: PendingCall) => Number(toolOf(tool)?.comesLast ?? false);
  const calls = pending.toSorted((a, b) => last(a) - last(b));
  const result: PendingCall[][] = [];
  let readers: PendingCall[] | null = null;
  for (const call of calls) {
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

/** Commits a result for each pending call without running any. */
export async function refusePending(deps: DispatchDeps, run: Run, reason: string): Promise<void> {
  for (const call of run.pending) await commitResult(deps, run, { call, result: notRun(reason) });
}

async function runCall(deps: DispatchDeps, run: Run, call: PendingCall): Promise<void> {
  const { ending, ...result } = await perform(deps.ports, call);
  if (ending) run.ending ??= ending;
  const artifactId = result.truncated ? await deps.keepOutput(call, deps.sandbox) : undefined;
  await commitResult(deps, run, { call, result, artifactId });
}

async function perform(ports: ToolPorts, call: PendingCall): Promise<ToolResult> {
  if (call.invalid) return notRun('Arguments were not valid', call.invalid);
  const tool = toolOf(call.tool);
  // It was asked for under another version of this server.
  if (!tool) return notRun(`There is no tool ${call.tool} any more`);
  return tool.run(call, ports);
}

async function commitResult(
  deps: DispatchDeps,
  run: Run,
  { call, result, artifactId }: { call: PendingCall; result: CallResult; artifactId?: string | undefined },
): Promise<void> {
  run.pending = run.pending.filter(other => other.callId !== call.callId);
  await deps.writer.advance(run, {
    events: [
      {
        type: 'tool.finished',
        actor: agentActor,
        data: { callId: call.callId, ...result, ...(artifactId ? { artifactId } : {}) },
      },
    ],
    messages: [{ role: 'tool', content: [toolResult(call, result)] }],
  });
}

const toolResult = (call: PendingCall, result: CallResult): ToolResultPart => ({
  type: 'tool-result',
  toolCallId: call.modelCallId,
  toolName: call.tool,
  output: {
    type: result.ok ? 'text' : 'error-text',
    value: result.output === '' ? result.summary : result.output,
  },
});
