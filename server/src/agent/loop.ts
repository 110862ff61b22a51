import { dispatch } from './dispatch.ts';
import { modelStep } from './modelStep.ts';
import type { LoopPorts } from './ports.ts';
import { toolsFor } from './tools/catalog.ts';

/**
 * The agent's loop: calls that wait, then the model, until the last word is said. It goes on from wherever the turn
 * stands. Rejects with ModelFailure, with what a port rejects with, and with the signal's reason.
 */
export async function runLoop(ports: LoopPorts, signal: AbortSignal): Promise<void> {
  const { context, commit, tools } = ports;
  const [instructions, offered] = await Promise.all([context.instructions(), tools.offered()]);
  for (;;) {
    const calls = commit.pending();
    if (calls.length > 0) await dispatch(ports, calls);
    await tools.settled(calls);
    if (commit.isOver()) return;
    const answer = await modelStep(ports, { instructions, tools: toolsFor(offered), signal });
    commit.speaks(null);
    await commit.answer(answer);
  }
}
