import { createOpenAI } from '@ai-sdk/openai';
import type { AgentModel } from '../model.ts';

export type OpenAIConfig = {
  apiKey: string;
  /** Any server that speaks the API; OpenAI's own where absent. */
  baseUrl?: string | undefined;
  model: string;
  api: 'responses' | 'chat';
  /** How requests leave; the process's own where absent. */
  fetch?: typeof fetch;
};

export function openaiModel(config: OpenAIConfig): AgentModel {
  const provider = createOpenAI({
    apiKey: config.apiKey,
    ...(config.baseUrl === undefined ? {} : { baseURL: config.baseUrl }),
    ...(config.fetch ? { fetch: config.fetch } : {}),
  });
  return {
    name: config.model,
    rehearsal: false,
    model: config.api === 'chat' ? provider.chat(config.model) : provider.responses(config.model),
    // Stored responses would be replayed by reference, which stateless servers refuse; the context is ours anyway.
    ...(config.api === 'responses' ? { providerOptions: { openai: { store: false } } } : {}),
  };
}
