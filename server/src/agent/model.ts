import type { SharedV4ProviderOptions } from '@ai-sdk/provider';
import type { LanguageModel } from 'ai';
import type { ModelSettings } from './modelError.ts';

/** A model and what to call it with. The rehearsal model is one among others. */
export type AgentModel = {
  /** What clients show and prices go by, as DECKHAND_MODEL names it: `gpt-5.2`, `anthropic/…` or `rehearsal`. */
  name: string;
  rehearsal: boolean;
  model: LanguageModel;
  providerOptions?: SharedV4ProviderOptions;
  /** The provider's own where absent. */
  temperature?: number | undefined;
  /** Requests of one session say so under this provider's name, so that they meet the same cache. */
  cachedUnder?: 'openai' | 'azure';
  /** What to look at where it does not answer. */
  settings?: ModelSettings;
  /** It wants its reasoning back with the calls that it led to, and refuses it elsewhere. */
  reasoningWithCallsOnly?: boolean;
};
