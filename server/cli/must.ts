import type { ClientResult } from '@deckhand/shared/client';

/** What was asked for, or its failure as a sentence that ends the command. */
export function must<T extends object>(result: ClientResult<T>): T {
  if (result.ok) return result;
  throw new Error(result.message);
}
