import type { Usage } from '@deckhand/shared';
import { z } from 'zod';

const usd = z.number().nonnegative();

/** What a model costs, in USD per million tokens. */
export const ModelPrice = z.strictObject({ input: usd, cachedInput: usd, output: usd });
export type ModelPrice = z.infer<typeof ModelPrice>;

/** By the name that `turn.started` carries. A model that is not here has no known price. */
export const PriceTable = z.record(z.string().min(1), ModelPrice);
export type PriceTable = z.infer<typeof PriceTable>;

const million = 1_000_000;

/** In whole millionths of a dollar, so that sums are exact; undefined where the price is not known. */
export function costOf(prices: PriceTable, model: string, usage: Usage): number | undefined {
  const price = Object.hasOwn(prices, model) ? prices[model] : undefined;
  if (!price) return undefined;
  const { inputTokens, cachedInputTokens, outputTokens } = usage;
  // `inputTokens` has the cached ones in it.
  const fresh = Math.max(0, inputTokens - cachedInputTokens);
  const microUsd = fresh * price.input + cachedInputTokens * price.cachedInput + outputTokens * price.output;
  return Math.round(microUsd) / million;
}

/** The table of a text: JSON by itself. The message says what is wrong with it. */
export function parsePrices(text: string): { ok: true; prices: PriceTable } | { ok: false; message: string } {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return { ok: false, message: `not JSON: ${(error as Error).message}` };
  }
  const parsed = PriceTable.safeParse(json);
  if (parsed.success) return { ok: true, prices: parsed.data };
  const issue = parsed.error.issues[0];
  return { ok: false, message: `${issue?.path.join('.') || 'the table'}: ${issue?.message}` };
}
