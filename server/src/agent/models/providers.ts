import type { SharedV4ProviderOptions } from '@ai-sdk/provider';
import type { LanguageModel } from 'ai';
import type { ModelSettings } from '../modelError.ts';
import type { ProviderVariable, ProviderVariables } from './variables.ts';

type Opened = {
  model: LanguageModel;
  providerOptions?: SharedV4ProviderOptions;
  reasoningWithCallsOnly?: boolean;
  cachedUnder?: 'openai' | 'azure';
};

export type Provider = {
  /** What a person looks at where it does not answer. */
  settings: ModelSettings;
  /** Sets of variables, one of which must be there whole. */
  needs: readonly (readonly ProviderVariable[])[];
  /** Its package is loaded here, for who names it only. */
  open(model: string, values: ProviderVariables, fetch: typeof globalThis.fetch): Promise<Opened>;
};

/** OpenAI's own address, in whichever region. */
const isOpenAI = (url: string | undefined) =>
  url === undefined || /^(.+\.)?api\.openai\.com$/.test(new URL(url).hostname);

/**
 * Of the Responses API, of OpenAI or Azure. Stored responses would be replayed by reference, which stateless servers
 * refuse; the context is ours anyway.
 */
const responsesOptions = (values: ProviderVariables): SharedV4ProviderOptions[string] => ({
  store: false,
  ...(values.DECKHAND_REASONING_SUMMARIES ? { reasoningSummary: 'auto' } : {}),
});

/** Gemini's models from 2.5 on think; those before refuse to be asked about it. */
const thinks = (model: string) => /gemini-(2\.5|[3-9]|\d\d)/.test(model);

const baseURL = (url: string | undefined) => (url === undefined ? {} : { baseURL: url });

async function openCompatible(
  model: string,
  { url, key }: { url: string; key: string | undefined },
  fetch: typeof globalThis.fetch,
): Promise<Opened> {
  const { createOpenAICompatible } = await import('@ai-sdk/openai-compatible');
  const provider = createOpenAICompatible({
    // Not `openaiCompatible`: what is kept under that name is put into the request as it is.
    name: 'compatible',
    baseURL: url,
    // Local servers need none.
    ...(key === undefined ? {} : { apiKey: key }),
    includeUsage: true,
    supportsStructuredOutputs: true,
    fetch,
  });
  return { model: provider(model), reasoningWithCallsOnly: true };
}

/** Every provider that a model may be named of: `provider/model`. A name without one is OpenAI's. */
export const providers = {
  openai: {
    settings: { key: 'OPENAI_API_KEY', address: 'OPENAI_BASE_URL' },
    needs: [['OPENAI_API_KEY'], ['OPENAI_BASE_URL']],
    async open(model, values, fetch) {
      const { OPENAI_API_KEY: key, OPENAI_BASE_URL: url, DECKHAND_MODEL_API: api } = values;
      if (url !== undefined && !isOpenAI(url) && api !== 'responses')
        return openCompatible(model, { url, key }, fetch);
      const { createOpenAI } = await import('@ai-sdk/openai');
      const provider = createOpenAI({ apiKey: key ?? 'none', ...baseURL(url), fetch });
      // Other servers may refuse what they do not know.
      const cached = isOpenAI(url) ? { cachedUnder: 'openai' as const } : {};
      return api === 'chat'
        ? { model: provider.chat(model), ...cached }
        : {
            model: provider.responses(model),
            providerOptions: { openai: responsesOptions(values) },
            ...cached,
          };
    },
  },
  'openai-compatible': {
    settings: { key: 'OPENAI_COMPATIBLE_API_KEY', address: 'OPENAI_COMPATIBLE_BASE_URL' },
    needs: [['OPENAI_COMPATIBLE_BASE_URL'], ['OPENAI_BASE_URL']],
    async open(model, values, fetch) {
      const own = values.OPENAI_COMPATIBLE_BASE_URL;
      // A key goes to the server that it was set for.
      return own === undefined
        ? openCompatible(model, { url: values.OPENAI_BASE_URL ?? '', key: values.OPENAI_API_KEY }, fetch)
        : openCompatible(model, { url: own, key: values.OPENAI_COMPATIBLE_API_KEY }, fetch);
    },
  },
  anthropic: {
    settings: { key: 'ANTHROPIC_API_KEY', address: 'ANTHROPIC_BASE_URL' },
    needs: [['ANTHROPIC_API_KEY']],
    async open(model, { ANTHROPIC_API_KEY: apiKey = '', ANTHROPIC_BASE_URL: url }, fetch) {
      const { createAnthropic } = await import('@ai-sdk/anthropic');
      return { model: createAnthropic({ apiKey, ...baseURL(url), fetch })(model) };
    },
  },
  google: {
    settings: { key: 'GOOGLE_GENERATIVE_AI_API_KEY', address: 'GOOGLE_GENERATIVE_AI_BASE_URL' },
    needs: [['GOOGLE_GENERATIVE_AI_API_KEY']],
    async open(model, values, fetch) {
      const { createGoogle } = await import('@ai-sdk/google');
      const { GOOGLE_GENERATIVE_AI_API_KEY: apiKey = '', GOOGLE_GENERATIVE_AI_BASE_URL: url } = values;
      const asks = values.DECKHAND_REASONING_SUMMARIES && thinks(model);
      return {
        model: createGoogle({ apiKey, ...baseURL(url), fetch })(model),
        ...(asks ? { providerOptions: { google: { thinkingConfig: { includeThoughts: true } } } } : {}),
      };
    },
  },
  azure: {
    settings: { key: 'AZURE_API_KEY', address: 'AZURE_RESOURCE_NAME' },
    needs: [
      ['AZURE_API_KEY', 'AZURE_RESOURCE_NAME'],
      ['AZURE_API_KEY', 'AZURE_BASE_URL'],
    ],
    async open(model, values, fetch) {
      const { createAzure } = await import('@ai-sdk/azure');
      const { AZURE_API_KEY: apiKey = '', AZURE_RESOURCE_NAME: resourceName, AZURE_BASE_URL: url } = values;
      const provider = createAzure({
        apiKey,
        ...(resourceName ? { resourceName } : {}),
        ...baseURL(url),
        fetch,
      });
      return values.DECKHAND_MODEL_API === 'chat'
        ? { model: provider.chat(model), cachedUnder: 'azure' }
        : {
            model: provider.responses(model),
            providerOptions: { azure: responsesOptions(values) },
            cachedUnder: 'azure',
          };
    },
  },
  bedrock: {
    settings: { key: 'AWS_BEARER_TOKEN_BEDROCK or AWS_ACCESS_KEY_ID', address: 'AWS_REGION' },
    needs: [
      ['AWS_REGION', 'AWS_BEARER_TOKEN_BEDROCK'],
      ['AWS_REGION', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'],
    ],
    async open(model, values, fetch) {
      const { createAmazonBedrock } = await import('@ai-sdk/amazon-bedrock');
      const provider = createAmazonBedrock({
        region: values.AWS_REGION ?? '',
        fetch,
        ...(values.AWS_BEARER_TOKEN_BEDROCK
          ? { apiKey: values.AWS_BEARER_TOKEN_BEDROCK }
          : {
              accessKeyId: values.AWS_ACCESS_KEY_ID ?? '',
              secretAccessKey: values.AWS_SECRET_ACCESS_KEY ?? '',
              ...(values.AWS_SESSION_TOKEN ? { sessionToken: values.AWS_SESSION_TOKEN } : {}),
            }),
      });
      return { model: provider(model) };
    },
  },
} as const satisfies Record<string, Provider>;

export type ProviderName = keyof typeof providers;
