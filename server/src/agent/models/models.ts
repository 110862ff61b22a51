import type { AgentModel } from '../model.ts';
import { type Provider, type ProviderName, providers } from './providers.ts';
import type { ProviderVariables } from './variables.ts';
import type { ModelTimeouts } from './wire/liveness.ts';
import { modelFetch } from './wire/modelFetch.ts';

/** The models of a server: the one that works where nobody chose, the one for quick questions, and all to choose from. */
export type Models = {
  main: AgentModel;
  fast: AgentModel | null;
  /** `main` is the first. */
  all: readonly AgentModel[];
};

export type ModelNames = { main: string; fast?: string | undefined; more: readonly string[] };

/** Of what somebody configured. */
export const namesOf = (values: {
  DECKHAND_MODEL: string;
  DECKHAND_FAST_MODEL?: string | undefined;
  DECKHAND_MODELS?: string | undefined;
}): ModelNames => ({
  main: values.DECKHAND_MODEL,
  fast: values.DECKHAND_FAST_MODEL,
  more: (values.DECKHAND_MODELS ?? '').split(',').flatMap(name => name.trim() || []),
});

/** `provider/model` of a provider that there is; anything else is a model of OpenAI's API, slashes and all. */
export function partsOf(name: string): { provider: ProviderName; model: string } {
  const at = name.indexOf('/');
  const prefix = name.slice(0, Math.max(0, at));
  const isProvider = (text: string): text is ProviderName => Object.hasOwn(providers, text);
  return isProvider(prefix) && at < name.length - 1
    ? { provider: prefix, model: name.slice(at + 1) }
    : { provider: 'openai', model: name };
}

/** What is missing for a model to be asked, as the end of a sentence; null where all is there. */
export function missingFor(name: string, values: ProviderVariables): string | null {
  const { needs } = providers[partsOf(name).provider] satisfies Provider as Provider;
  const lacks = needs.map(set => set.filter(variable => !values[variable]));
  if (lacks.some(set => set.length === 0)) return null;
  return `set ${lacks.map(set => set.join(' and ')).join(', or ')}`;
}

type HowToOpen = { values: ProviderVariables; timeouts: ModelTimeouts; fetch?: typeof fetch };

export async function openModel(name: string, { values, timeouts, fetch }: HowToOpen): Promise<AgentModel> {
  const { provider, model } = partsOf(name);
  const { settings, open } = providers[provider] satisfies Provider as Provider;
  const opened = await open(model, values, modelFetch({ timeouts, settings, fetch }));
  return { name, rehearsal: false, settings, ...opened };
}

/** All that are configured. `rehearsal` plays where the main one is of OpenAI and has no key. */
export async function openModels(
  { main, fast, more }: ModelNames,
  how: HowToOpen,
  rehearsal: () => AgentModel,
): Promise<Models> {
  const open = (name: string) => openModel(name, how);
  const first = missingFor(main, how.values) === null ? await open(main) : rehearsal();
  const others = await Promise.all([...new Set(more)].filter(name => name !== first.name).map(open));
  const quick = fast && missingFor(fast, how.values) === null ? await open(fast) : null;
  return { main: first, fast: quick, all: [first, ...others] };
}

/** A server with one model, and none for quick questions. */
export const onlyModel = (model: AgentModel): Models => ({ main: model, fast: null, all: [model] });

export const namedModel = (models: Models, name: string): AgentModel | undefined =>
  models.all.find(model => model.name === name);
