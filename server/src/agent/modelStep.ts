import { setTimeout as sleep } from 'node:timers/promises';
import { limits } from '@deckhand/shared';
import type { ModelMessage, ToolSet } from 'ai';
import pRetry from 'p-retry';
import { type Asked, askModel, type ModelAnswer } from './ask.ts';
import { Coalescer } from './coalescer.ts';
import { ModelFailure, toModelFailure } from './modelError.ts';
import type { LoopPorts } from './ports.ts';
import { ShownReasoning } from './shownReasoning.ts';

export type StepInput = { instructions: string; tools: ToolSet; signal: AbortSignal };

/** The message of a step has one id, whoever streams it and however often: attempts replace each other. */
const messageIdOf = ({ messageIds, steps }: LoopPorts['commit']) => `msg_${messageIds}s${steps()}`;

/** How often an answer that reached its greatest length is gone on with. */
const mostContinuations = 2;

const goOn =
  '[Deckhand] Your answer reached its greatest length and was cut off. Go on exactly where it broke off, repeating nothing; a call that you had begun was not run: ask for it again, in smaller pieces.';

/**
 * Asks the model, streaming, until there is a whole answer: again where asking again may help, on where it was cut off
 * for its length, once more where it had nothing in it. All of it is one message with one text.
 */
export async function modelStep(
  ports: Pick<LoopPorts, 'context' | 'commit' | 'model' | 'clock'>,
  { instructions, tools, signal }: StepInput,
): Promise<ModelAnswer & { messageId: string }> {
  const messages = await ports.context.messages();
  const messageId = messageIdOf(ports.commit);
  const asker = new Asker(ports, { messageId, instructions, tools, signal });
  const sofar: ModelAnswer = {
    text: '',
    calls: [],
    messages: [],
    usage: { inputTokens: 0, outputTokens: 0, cachedInputTokens: 0 },
  };
  let wasEmpty = false;
  for (let cuts = 0; ; ) {
    const asked = await asker.ask([...messages, ...sofar.messages], sofar.text);
    add(sofar, asked);
    if (asked.end === 'whole') return { ...sofar, ...asker.reasoned(), calls: asked.calls, messageId };
    if (asked.end === 'empty') {
      // Of an answer in pieces the last may well be empty: there was nothing left to say.
      if (sofar.text.trim() !== '')
        return {
          ...{ ...sofar, ...asker.reasoned(), messageId },
          messages: sofar.messages.filter(({ role }) => role === 'assistant'),
        };
      if (wasEmpty) throw nothingSaid();
      wasEmpty = true;
    } else {
      cuts += 1;
      if (cuts > mostContinuations) throw cutOff();
      sofar.messages.push({ role: 'user', content: goOn });
    }
  }
}

function add(sofar: ModelAnswer, { text, messages, usage, end, sent }: Asked): void {
  if (sent) sofar.requests = [...(sofar.requests ?? []), { ...sent, after: sofar.messages.length }];
  sofar.text += text;
  sofar.requestTokens ??= usage.inputTokens;
  if (end !== 'empty') sofar.messages.push(...messages);
  sofar.usage = {
    inputTokens: sofar.usage.inputTokens + usage.inputTokens,
    outputTokens: sofar.usage.outputTokens + usage.outputTokens,
    cachedInputTokens: sofar.usage.cachedInputTokens + usage.cachedInputTokens,
  };
}

const nothingSaid = () =>
  new ModelFailure('model_unavailable', 'The model answered twice with nothing. Prompt again to retry.', {
    retry: false,
  });

const cutOff = () =>
  new ModelFailure(
    'model_unavailable',
    `The model's answer was cut off for its length ${mostContinuations + 1} times and is not whole. Ask for it in smaller parts.`,
    { retry: false },
  );

/** Askings of one step. They are numbered under the fence: those of a worker that took over replace what was left. */
class Asker {
  #ports: Pick<LoopPorts, 'commit' | 'model' | 'clock'>;
  #step: StepInput & { messageId: string };
  #attempts = 0;
  #reasoning: ShownReasoning;

  constructor(ports: Pick<LoopPorts, 'commit' | 'model' | 'clock'>, step: StepInput & { messageId: string }) {
    this.#ports = ports;
    this.#step = step;
    this.#reasoning = new ShownReasoning(ports, step.messageId);
  }

  reasoned(): Pick<ModelAnswer, 'reasoning'> {
    const reasoning = this.#reasoning.told();
    return reasoning ? { reasoning } : {};
  }

  /** `before`: what the message says already. Retries where that may help. */
  async ask(messages: ModelMessage[], before: string): Promise<Asked> {
    const { retry, agentModel } = this.#ports.model;
    const { signal } = this.#step;
    let waitMs = 0;
    return pRetry(
      async () => {
        if (waitMs > 0) await sleep(waitMs, undefined, { signal });
        return this.#once(messages, before);
      },
      {
        retries: retry.retries,
        minTimeout: retry.minMs,
        maxTimeout: retry.maxMs,
        randomize: true,
        signal,
        shouldRetry: ({ error }) => toModelFailure(error, agentModel.settings).retry,
        onFailedAttempt: ({ error }) => {
          waitMs = error instanceof ModelFailure ? (error.retryAfterMs ?? 0) : 0;
        },
      },
    );
  }

  async #once(messages: ModelMessage[], before: string): Promise<Asked> {
    const { commit, model, clock } = this.#ports;
    const { messageId, instructions, tools, signal } = this.#step;
    this.#attempts += 1;
    const frames = new Coalescer(commit.frame, {
      kind: 'message',
      id: messageId,
      turnId: commit.turnId,
      attempt: commit.fence * 100 + this.#attempts,
      maxChars: limits.toolOutputBytes,
    });
    const reasoning = this.#reasoning.begin(this.#attempts);
    let text = before;
    if (before !== '') frames.push(before);
    try {
      model.onRequest();
      return await askModel(
        model.agentModel,
        { instructions, tools, messages, signal, cacheKey: model.cacheKey },
        {
          onFirst: () => commit.firstWord(clock()),
          onReasoning: piece => reasoning.push(piece),
          onText: piece => {
            // Who reads along has a thought whole before the words that came of it.
            if (text === before) frames.follow(reasoning.catchUp());
            text += piece;
            commit.speaks({ messageId, text });
            frames.push(piece);
          },
        },
      );
    } finally {
      await Promise.all([frames.end(), reasoning.end()]);
    }
  }
}
