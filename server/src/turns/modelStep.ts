import { setTimeout as sleep } from 'node:timers/promises';
import { limits } from '@deckhand/shared';
import type { ToolSet } from 'ai';
import pRetry from 'p-retry';
import { askModel, type ModelAnswer, type ModelTimeouts } from '../agent/ask.ts';
import type { AgentModel } from '../agent/model.ts';
import { ModelFailure, toModelFailure } from '../agent/modelError.ts';
import { type ReadAttachment, withAttachments } from '../agent/userMessage.ts';
import type { TurnWriter } from '../sessions/run/turnWriter.ts';
import type { Run } from '../sessions/store/meta.ts';
import { Coalescer } from './coalescer.ts';

export type ModelRetry = { retries: number; minMs: number; maxMs: number };
export const defaultModelRetry: ModelRetry = { retries: 5, minMs: 500, maxMs: 20_000 };

export type ModelStepDeps = {
  agentModel: AgentModel;
  retry: ModelRetry;
  timeouts: ModelTimeouts;
  readAttachment: ReadAttachment;
  onRequest?: () => void;
};

/** What was said before the call was cut short, to be kept. */
export type PartialAnswer = { messageId: string; text: string };

export type StepInput = {
  run: Run;
  instructions: string;
  tools: ToolSet;
  signal: AbortSignal;
  /** Each time that a request is about to leave. */
  onAsking: () => void;
  onPartial: (partial: PartialAnswer) => void;
};

/** The message of a step has one id, whoever streams it and however often: attempts replace each other. */
export const messageIdOf = (run: Run) => `msg_${run.turnId.slice(4)}s${run.steps}`;

/** Kept at once: who takes over after a crash asks the model again, and the first word was seen by then. */
function noteFirst(writer: TurnWriter, run: Run): void {
  if (run.firstTokenAtMs !== undefined) return;
  run.firstTokenAtMs = Date.now();
  // A lost fence is found by the next write, which somebody awaits.
  writer.note(run).catch(() => {});
}

/**
 * Asks the model, streaming, with retries where asking again may help. Attempts are numbered under the fence, so
 * that those of a worker that took over replace what the one before it left.
 */
export async function modelStep(
  deps: ModelStepDeps,
  writer: TurnWriter,
  step: StepInput,
): Promise<ModelAnswer & { messageId: string }> {
  const messages = await withAttachments(await writer.context(), deps.readAttachment);
  const messageId = messageIdOf(step.run);
  const attemptOnce = async (number: number): Promise<ModelAnswer> => {
    const frames = new Coalescer(writer, {
      kind: 'message',
      id: messageId,
      turnId: step.run.turnId,
      attempt: writer.fence * 100 + number,
      maxChars: limits.toolOutputBytes,
    });
    let text = '';
    try {
      deps.onRequest?.();
      step.onAsking();
      const { instructions, tools, signal } = step;
      return await askModel(
        deps.agentModel,
        { instructions, tools, messages, signal, timeouts: deps.timeouts },
        {
          onFirst: () => noteFirst(writer, step.run),
          onText: piece => {
            text += piece;
            step.onPartial({ messageId, text });
            frames.push(piece);
          },
        },
      );
    } finally {
      await frames.end();
    }
  };

  let waitMs = 0;
  const answer = await pRetry(
    async number => {
      if (waitMs > 0) await sleep(waitMs, undefined, { signal: step.signal });
      return attemptOnce(number);
    },
    {
      retries: deps.retry.retries,
      minTimeout: deps.retry.minMs,
      maxTimeout: deps.retry.maxMs,
      randomize: true,
      signal: step.signal,
      shouldRetry: ({ error }) => toModelFailure(error).retry,
      onFailedAttempt: ({ error }) => {
        waitMs = error instanceof ModelFailure ? (error.retryAfterMs ?? 0) : 0;
      },
    },
  );
  return { ...answer, messageId };
}
