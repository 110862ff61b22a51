import { createHash } from 'node:crypto';
import type { AssistantModelMessage, ModelMessage } from 'ai';
import type { AgentModel } from './model.ts';

/** Under this name a message says which model it is of; no provider reads it. */
const ours = 'deckhand';

/** An answer's messages as the context keeps them: with whose words they are. */
export const madeBy = (name: string, messages: AssistantModelMessage[]): AssistantModelMessage[] =>
  messages.map(message => ({
    ...message,
    providerOptions: { ...message.providerOptions, [ours]: { model: name } },
  }));

type Reader = Pick<AgentModel, 'name' | 'reasoningWithCallsOnly'>;

/**
 * The context as one model may read it. What another model left loses what only that one understands: its reasoning,
 * its signatures and references, the form of its calls' ids. The same context reads the same each time.
 */
export function messagesFor(reader: Reader, messages: readonly ModelMessage[]): ModelMessage[] {
  const ids = new CallIds();
  return messages.map((message): ModelMessage => {
    if (message.role === 'tool') return withIds(message, id => ids.of(id));
    if (message.role !== 'assistant') return message;
    const { [ours]: mark, ...options } = message.providerOptions ?? {};
    const isForeign = mark?.model !== reader.name;
    ids.begin();
    if (typeof message.content === 'string') return { role: 'assistant', content: message.content };
    const hasCalls = message.content.some(part => part.type === 'tool-call');
    const dropsReasoning = isForeign || (reader.reasoningWithCallsOnly && !hasCalls);
    const kept = message.content.filter(part => part.type !== 'reasoning' || !dropsReasoning);
    const content = isForeign
      ? kept.map(part => {
          const plain = { ...part };
          if ('providerOptions' in plain) delete plain.providerOptions;
          return plain.type === 'tool-call' ? { ...plain, toolCallId: ids.rename(plain.toolCallId) } : plain;
        })
      : kept;
    return {
      role: 'assistant',
      content,
      ...(isForeign || Object.keys(options).length === 0 ? {} : { providerOptions: options }),
    };
  });
}

function withIds(
  message: Extract<ModelMessage, { role: 'tool' }>,
  idOf: (id: string) => string,
): Extract<ModelMessage, { role: 'tool' }> {
  const content = message.content.map(part =>
    part.type === 'tool-result' ? { ...part, toolCallId: idOf(part.toolCallId) } : part,
  );
  return { ...message, content };
}

/** Nine letters and digits: the strictest of all servers takes no other form. */
const idChars = 9;

/** New ids of another model's calls: of one form, each once, though the model may have used one again and again. */
class CallIds {
  #renamed = new Map<string, string>();
  #seen = new Map<string, number>();

  /** A new answer: results that follow are of its calls. */
  begin(): void {
    this.#renamed.clear();
  }

  rename(id: string): string {
    const nth = (this.#seen.get(id) ?? 0) + 1;
    this.#seen.set(id, nth);
    const fresh = createHash('sha256').update(`${id} ${nth}`).digest('hex').slice(0, idChars);
    this.#renamed.set(id, fresh);
    return fresh;
  }

  of(id: string): string {
    return this.#renamed.get(id) ?? id;
  }
}
