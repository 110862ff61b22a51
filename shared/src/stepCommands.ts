import { z } from 'zod';
import { AgentRef } from './agents.ts';
import { http } from './httpForm.ts';
import { idOf } from './ids.ts';
import { ModelChoice } from './prompts.ts';

const count = z.number().int().nonnegative();
const place = z.coerce.number().int().positive();
const sessionId = idOf('session');

/** A request that left for a model: its body's length and SHA-256. */
const SentRequest = z.object({ bytes: count, sha256: z.string() });
const StepUsage = z.object({ inputTokens: count, outputTokens: count, cachedInputTokens: count });

/** One answer of the model, and what its request was made of. */
export const StepInfo = z.object({
  /** From 1, in the session. */
  n: z.number().int().positive(),
  turnId: idOf('turn'),
  at: z.iso.datetime(),
  model: z.string(),
  /** Version of what is written for the model in files: a hash of prompts, and of names, words and shapes of tools. */
  prompts: z.string(),
  /** Whose step it is: the agent and the version of its definition; absent where the prompt named none. */
  agent: AgentRef.optional(),
  /** The task that it is of; absent for the turn's own. */
  taskId: idOf('task').optional(),
  usage: StepUsage,
  /** Messages in the context then, and which version of it was read; 0 where nothing had been summed up. */
  context: z.object({ messages: count, version: count }),
  /** More than one where the answer came in pieces; none where the model is no server. */
  requests: z.array(SentRequest),
});
export type StepInfo = z.infer<typeof StepInfo>;

export const Replayed = z.object({
  step: StepInfo,
  request: SentRequest.extend({ url: z.string(), body: z.string() }),
  /** The request is the one that left then, byte for byte. */
  exact: z.boolean(),
  /** Where it is not: why, as far as it is known; sentences. */
  differs: z.array(z.string()),
  /** What another model said to the same context, where one was asked. */
  answer: z
    .object({
      model: z.string(),
      text: z.string(),
      reasoning: z.string().optional(),
      calls: z.array(z.object({ tool: z.string(), input: z.unknown(), invalid: z.string().optional() })),
      end: z.enum(['whole', 'cut', 'empty']),
      usage: StepUsage,
      durationMs: count,
    })
    .optional(),
});
export type Replayed = z.infer<typeof Replayed>;

/** As long as a model may take to answer. */
const askTimeoutMs = 10 * 60_000;

export const stepCommands = {
  'step.list': {
    input: z.object({ sessionId }),
    output: z.object({ steps: z.array(StepInfo) }),
    http: http('GET', '/sessions/:sessionId/steps'),
    socket: false,
  },
  /** Builds the request of a step again; `model` is asked with the same context. Nothing of it becomes part of the session. */
  'step.replay': {
    input: z.object({
      sessionId,
      step: place,
      /** Of an answer that came in pieces, which request. */
      request: place.default(1),
      model: ModelChoice,
    }),
    output: Replayed,
    http: { ...http('POST', '/sessions/:sessionId/steps/:step/replay'), timeoutMs: askTimeoutMs },
    socket: false,
  },
} as const;
