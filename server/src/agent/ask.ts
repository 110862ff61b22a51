import { newId, type Usage } from '@deckhand/shared';
import { type AssistantModelMessage, type ModelMessage, streamText, type ToolSet } from 'ai';
import type { AgentModel } from './model.ts';
import { ModelFailure, toModelFailure } from './modelError.ts';
import { toolOf } from './tools/catalog.ts';
import type { Call } from './tools/tool.ts';

export type ModelAnswer = {
  text: string;
  calls: Call[];
  /** What the context keeps of the answer. */
  messages: AssistantModelMessage[];
  usage: Omit<Usage, 'steps'>;
};

export type ModelTimeouts = { firstChunkMs: number; chunkMs: number };

/** A model that says nothing for this long has lost us. */
export const defaultModelTimeouts: ModelTimeouts = { firstChunkMs: 180_000, chunkMs: 120_000 };

export type Listener = {
  /** Each piece of text as it comes. */
  onText: (text: string) => void;
  /** The model speaks: its first word or call. */
  onFirst: () => void;
};

export type AskInput = {
  instructions: string;
  messages: ModelMessage[];
  tools: ToolSet;
  signal: AbortSignal;
  timeouts: ModelTimeouts;
};

/**
 * One model call. Throws ModelFailure for whatever is not a whole answer;
 * rethrows the signal's reason when stopped.
 */
export async function askModel(
  agentModel: AgentModel,
  input: AskInput,
  { onText, onFirst }: Listener,
): Promise<ModelAnswer> {
  const result = streamText({
    model: agentModel.model,
    instructions: input.instructions,
    messages: input.messages,
    tools: input.tools,
    maxRetries: 0,
    abortSignal: input.signal,
    timeout: input.timeouts,
    ...(agentModel.providerOptions ? { providerOptions: agentModel.providerOptions } : {}),
    // Errors come through the stream, where they are handled; the default prints them.
    onError: () => {},
  });
  let text = '';
  const calls: Call[] = [];
  let usage: ModelAnswer['usage'] | null = null;
  try {
    for await (const part of result.stream) {
      if (part.type === 'text-delta' || part.type === 'tool-input-start' || part.type === 'tool-call')
        onFirst();
      if (part.type === 'text-delta') {
        text += part.text;
        onText(part.text);
      } else if (part.type === 'tool-call') calls.push(toCall(part));
      else if (part.type === 'error') throw toModelFailure(part.error);
      else if (part.type === 'abort') break;
      else if (part.type === 'finish-step') {
        if (part.finishReason === 'error' || (part.finishReason as string) === 'interrupted')
          throw new ModelFailure('model_unavailable', "The model's answer broke off.", { retry: true });
        usage = {
          inputTokens: part.usage.inputTokens ?? 0,
          outputTokens: part.usage.outputTokens ?? 0,
          cachedInputTokens: part.usage.inputTokenDetails.cacheReadTokens ?? 0,
        };
      }
    }
    input.signal.throwIfAborted();
    if (!usage) throw new ModelFailure('model_unavailable', "The model's answer broke off.", { retry: true });
    const messages = (await result.responseMessages).filter(message => message.role === 'assistant');
    return { text, calls, messages, usage };
  } catch (error) {
    input.signal.throwIfAborted();
    throw toModelFailure(error);
  }
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
