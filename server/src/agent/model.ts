import type { LanguageModel } from 'ai';

/** A model and what to call it with. The rehearsal model is one among others. */
export type AgentModel = {
  /** What clients show, e.g. `gpt-5.2` or `rehearsal`. */
  name: string;
  rehearsal: boolean;
  model: LanguageModel;
  providerOptions?: Record<string, Record<string, string | boolean>>;
};
