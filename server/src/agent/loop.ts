import { dispatch } from './dispatch.ts';
import { ModelFailure } from './modelError.ts';
import { modelStep, type StepInput } from './modelStep.ts';
import type { LoopPorts } from './ports.ts';
import { toolsFor } from './tools/catalog.ts';

/**
 * The agent's loop: calls that wait, then the model, until the last word is said. It goes on from wherever the turn
 * stands. Rejects with ModelFailure, with what a port rejects with, and with the signal's reason.
 */
export async function runLoop(ports: LoopPorts, signal: AbortSignal): Promise<void> {
  const { context, commit, tools } = ports;
  const [instructions, offered] = await Promise.all([context.instructions(), tools.offered()]);
  const offers = toolsFor(offered, tools.mode, tools.agent);
  const beside = { instructions, tools: Object.keys(offers) };
  for (;;) {
    const calls = commit.pending();
    if (calls.length > 0) await dispatch(ports, calls);
    await tools.settled(calls);
    const isOver = commit.isOver();
    // The first request of a turn leaves at once; what is old is summed up behind it.
    if (isOver || calls.length > 0) await context.tidy();
    if (isOver) return;
    await commit.hear();
    const answer = await stepWithin(ports, { instructions, tools: offers, signal });
    commit.speaks(null);
    await commit.answer({ ...answer, beside });
  }
}

/** One step; where the model finds the request too long, once more with less. Never a third time. */
async function stepWithin(ports: LoopPorts, input: StepInput): ReturnType<typeof modelStep> {
  try {
    return await modelStep(ports, input);
  } catch (error) {
    if (!(error instanceof ModelFailure) || error.code !== 'context_too_long') throw error;
    if (!(await ports.context.refused(error))) throw error;
    return modelStep(ports, input);
  }
}
