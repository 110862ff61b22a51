/** What providers are configured by, each by its usual name: of the environment, handed over by whoever reads it. */
export type ProviderVariables = {
  /** Providers that give a summary of a model's reasoning only where asked are asked. */
  DECKHAND_REASONING_SUMMARIES?: boolean | undefined;
  DECKHAND_MODEL_API?: 'responses' | 'chat' | undefined;
} & Partial<Record<ProviderVariable, string | undefined>>;

export const providerVariables = [
  'OPENAI_API_KEY',
  'OPENAI_BASE_URL',
  'OPENAI_COMPATIBLE_API_KEY',
  'OPENAI_COMPATIBLE_BASE_URL',
  'ANTHROPIC_API_KEY',
  'ANTHROPIC_BASE_URL',
  'GOOGLE_GENERATIVE_AI_API_KEY',
  'GOOGLE_GENERATIVE_AI_BASE_URL',
  'AZURE_API_KEY',
  'AZURE_RESOURCE_NAME',
  'AZURE_BASE_URL',
  'AWS_BEARER_TOKEN_BEDROCK',
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'AWS_REGION',
] as const;
export type ProviderVariable = (typeof providerVariables)[number];

/** Of these, what must never be printed. */
export const providerSecrets: readonly ProviderVariable[] = providerVariables.filter(name =>
  /KEY|TOKEN/.test(name),
);
