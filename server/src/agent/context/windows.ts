/**
 * Tokens that a model reads at once, by how its name begins; the first that fits counts. From the providers' model
 * pages; where a family has several sizes, the smaller. `DECKHAND_CONTEXT_TOKENS` overrides it.
 */
const windows: readonly (readonly [RegExp, tokens: number])[] = [
  [/^gpt-4\.1/, 1_047_576],
  [/^gpt-5/, 400_000],
  [/^(gpt-4o|gpt-4-turbo|chatgpt-4o)/, 128_000],
  [/^gpt-4-32k/, 32_768],
  [/^gpt-4/, 8_192],
  [/^gpt-3\.5/, 16_385],
  [/^gpt-oss/, 131_072],
  [/^(o1-mini|o1-preview)/, 128_000],
  [/^(o1|o3|o4)/, 200_000],
  // Bedrock puts a region and the maker before it.
  [/(^|\.)claude/, 200_000],
  [/^gemini-1\.0/, 32_768],
  [/^gemini/, 1_048_576],
  [
    /^(deepseek|qwen3|qwen-?3|kimi|glm|devstral|mistral-(large|medium|small)|codestral|llama-?(3\.[123]|4))/,
    128_000,
  ],
  [/^(qwen|mistral|llama)/, 32_768],
];

/** Of a model in no table: what today's models have at least. */
const unknownTokens = 128_000;

/** `name` as it is configured, with or without a provider before it. */
export function windowOf(name: string): number {
  const own = name.slice(name.lastIndexOf('/') + 1).toLowerCase();
  return windows.find(([pattern]) => pattern.test(own))?.[1] ?? unknownTokens;
}
