import { createHash } from 'node:crypto';
import { newId, type Usage } from '@deckhand/shared';
import {
  type AssistantModelMessage,
  type FinishReason,
  type ModelMessage,
  streamText,
  type ToolSet,
} from 'ai';
import { madeBy, messagesFor } from './messagesFor.ts';
import type { AgentModel } from './model.ts';
import { ModelFailure, toModelFailure } from './modelError.ts';
import { type SeesRequest, seeingRequests } from './models/wire/leavingRequest.ts';
import { toolOf } from './tools/catalog.ts';
import type { Call } from './tools/tool.ts';

export type ModelAnswer = {
  text: string;
  calls: Call[];
  /** What the context keeps of the answer. */
  messages: ModelMessage[];
  usage: Omit<Usage, 'steps'>;
  /** Input tokens of the first request, where it took several; of the only one else. */
  requestTokens?: number;
  /** What could be read of the model's reasoning, and how long it took. */
  reasoning?: { text: string; durationMs: number };
  /** Requests that were answered, in their order, where they left this process. */
  requests?: SentRequest[];
};

/** What a request was, byte for byte: its length, the SHA-256 of its body, messages of the same answer before it. */
export type SentRequest = { bytes: number; sha256: string; after: number };

/**
 * What came of one asking. `cut`: it reached the longest answer that its provider lets it give; no call of it counts,
 * as the last may be half a one. `empty`: neither a word nor a call.
 */
export type Asked = ModelAnswer & { end: 'whole' | 'cut' | 'empty'; sent?: Omit<SentRequest, 'after'> };

export type Listener = {
  /** Each piece of text as it comes. */
  onText: (text: string) => void;
  /** Each piece of what the model lets us read of its reasoning. */
  onReasoning: (text: string) => void;
  /** The model speaks: its first word or call. */
  onFirst: () => void;
};

export type AskInput = {
  instructions: string;
  messages: ModelMessage[];
  tools: ToolSet;
  signal: AbortSignal;
  /** What requests have in common that begin alike. */
  cacheKey?: string | undefined;
  /** Sees what leaves. */
  sees?: SeesRequest;
};

function optionsOf({ providerOptions, cachedUnder }: AgentModel, promptCacheKey: string | undefined) {
  if (!cachedUnder || promptCacheKey === undefined) return providerOptions ? { providerOptions } : {};
  const own = { ...providerOptions?.[cachedUnder], promptCacheKey };
  return { providerOptions: { ...providerOptions, [cachedUnder]: own } };
}

/**
 * One model call. Throws ModelFailure for whatever is no answer;
 * rethrows the signal's reason when stopped.
 */
export async function askModel(agentModel: AgentModel, input: AskInput, listener: Listener): Promise<Asked> {
  let sent = '';
  const sees: SeesRequest = request => {
    sent = request.body;
    return input.sees?.(request);
  };
  const asked = await seeingRequests(sees, () => streamAnswer(agentModel, input, listener));
  return sent === '' ? asked : { ...asked, sent: digestOf(sent) };
}

export const digestOf = (body: string): Omit<SentRequest, 'after'> => ({
  bytes: Buffer.byteLength(body),
  sha256: createHash('sha256').update(body).digest('hex'),
});

async function streamAnswer(
  agentModel: AgentModel,
  input: AskInput,
  { onText, onReasoning, onFirst }: Listener,
): Promise<Asked> {
  const result = streamText({
    model: agentModel.model,
    instructions: input.instructions,
    messages: messagesFor(agentModel, input.messages),
    tools: input.tools,
    maxRetries: 0,
    ...(agentModel.temperature === undefined ? {} : { temperature: agentModel.temperature }),
    abortSignal: input.signal,
    ...optionsOf(agentModel, input.cacheKey),
    // Errors come through the stream, where they are handled; the default prints them.
    onError: () => {},
  });
  let text = '';
  const calls: Call[] = [];
  let finished: { usage: ModelAnswer['usage']; reason: FinishReason } | null = null;
  try {
    for await (const part of result.stream) {
      if (part.type === 'text-delta' || part.type === 'tool-input-start' || part.type === 'tool-call')
        onFirst();
      if (part.type === 'text-delta') {
        text += part.text;
        onText(part.text);
      } else if (part.type === 'reasoning-delta') onReasoning(part.text);
      else if (part.type === 'tool-call') calls.push(toCall(part));
      else if (part.type === 'error') throw part.error;
      else if (part.type === 'abort') break;
      else if (part.type === 'finish-step')
        finished = { usage: usageOf(part.usage), reason: part.finishReason };
    }
    input.signal.throwIfAborted();
    if (!finished || finished.reason === 'error' || (finished.reason as string) === 'interrupted')
      throw new ModelFailure('model_unavailable', "The model's answer broke off.", { retry: true });
    if (finished.reason === 'content-filter') throw filtered();
    const messages = (await result.responseMessages).filter(message => message.role === 'assistant');
    const kept = madeBy(agentModel.name, messages);
    const { usage } = finished;
    if (finished.reason === 'length')
      return { text, calls: [], messages: kept.flatMap(wordsOf), usage, end: 'cut' };
    const end = text.trim() === '' && calls.length === 0 ? 'empty' : 'whole';
    return { text, calls, messages: kept, usage, end };
  } catch (error) {
    input.signal.throwIfAborted();
    throw toModelFailure(error, agentModel.settings);
  }
}

const filtered = () =>
  new ModelFailure(
    'model_refused',
    "The model's answer was stopped by a content filter, its own or its provider's. Say it in other words, or choose another model.",
    { retry: false },
  );

type SdkUsage = {
  inputTokens: number | undefined;
  outputTokens: number | undefined;
  inputTokenDetails: { cacheReadTokens: number | undefined };
};

const usageOf = ({ inputTokens, outputTokens, inputTokenDetails }: SdkUsage): ModelAnswer['usage'] => ({
  inputTokens: inputTokens ?? 0,
  outputTokens: outputTokens ?? 0,
  cachedInputTokens: inputTokenDetails.cacheReadTokens ?? 0,
});

/** Of a message that was cut, its words: half a thought may not be given back, half a call never runs. */
function wordsOf(message: AssistantModelMessage): AssistantModelMessage[] {
  if (typeof message.content === 'string') return message.content.trim() === '' ? [] : [message];
  const content = message.content.flatMap(part =>
    part.type === 'text' && part.text.trim() !== '' ? [{ type: part.type, text: part.text }] : [],
  );
  return content.length === 0 ? [] : [{ ...message, content }];
}
/** Gives the call our own id and checks its arguments once more: what is invalid is never dispatched. */
function toCall(part: {
  toolCallId: string;
  toolName: string;
  input: unknown;
  invalid?: boolean | undefined;
}): Call {
  const call = {
    callId: newId('call'),
    modelCallId: part.toolCallId,
    tool: part.toolName,
    input: part.input ?? {},
  };
  const entry = toolOf(part.toolName);
  if (!entry) return { ...call, invalid: `There is no tool ${part.toolName}.` };
  const parsed = entry.schema.safeParse(part.input);
  if (parsed.success && !part.invalid) return { ...call, input: parsed.data };
  // Nothing is wrong with it, but it was not offered.
  if (parsed.success) return { ...call, invalid: `There is no tool ${part.toolName} in this session.` };
  // The SDK hands over what it could not parse as it came.
  const issue = typeof part.input === 'string' ? undefined : parsed.error.issues[0];
  const where = issue ? `${issue.path.join('.') || 'arguments'}: ${issue.message}` : 'not valid JSON';
  return { ...call, invalid: `The arguments do not fit ${part.toolName}: ${where}` };
}
