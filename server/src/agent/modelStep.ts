import { setTimeout as sleep } from 'node:timers/promises';
import { limits } from '@deckhand/shared';
import type { ToolSet } from 'ai';
import pRetry from 'p-retry';
import { askModel, type ModelAnswer } from './ask.ts';
import { Coalescer } from './coalescer.ts';
import { ModelFailure, toModelFailure } from './modelError.ts';
import type { LoopPorts } from './ports.ts';

export type StepInput = { instructions: string; tools: ToolSet; signal: AbortSignal };

/** The message of a step has one id, whoever streams it and however often: attempts replace each other. */
const messageIdOf = ({ turnId, steps }: LoopPorts['commit']) => `msg_${turnId.slice(4)}s${steps()}`;

/**
 * Asks the model, streaming, with retries where asking again may help. Attempts are numbered under the fence, so
 * that those of a worker that took over replace what the one before it left.
 */
export async function modelStep(
  { context, commit, model, clock }: Pick<LoopPorts, 'context' | 'commit' | 'model' | 'clock'>,
  { instructions, tools, signal }: StepInput,
): Promise<ModelAnswer & { messageId: string }> {
  const messages = await context.messages();
  const messageId = messageIdOf(commit);
  const attemptOnce = async (number: number): Promise<ModelAnswer> => {
    const frames = new Coalescer(commit.frame, {
      kind: 'message',
      id: messageId,
      turnId: commit.turnId,
      attempt: commit.fence * 100 + number,
      maxChars: limits.toolOutputBytes,
    });
    let text = '';
    try {
      model.onRequest();
      return await askModel(
        model.agentModel,
        { instructions, tools, messages, signal, timeouts: model.timeouts },
        {
          onFirst: () => commit.firstWord(clock()),
          onText: piece => {
            text += piece;
            commit.speaks({ messageId, text });
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
      if (waitMs > 0) await sleep(waitMs, undefined, { signal: signal });
      return attemptOnce(number);
    },
    {
      retries: model.retry.retries,
      minTimeout: model.retry.minMs,
      maxTimeout: model.retry.maxMs,
      randomize: true,
      signal: signal,
      shouldRetry: ({ error }) => toModelFailure(error).retry,
      onFailedAttempt: ({ error }) => {
        waitMs = error instanceof ModelFailure ? (error.retryAfterMs ?? 0) : 0;
      },
    },
  );
  return { ...answer, messageId };
}
