import { failure, type Result } from '@deckhand/shared';
import { z } from 'zod';

/** What `requests` keeps under an author's requestId. */
const Answered = z.object({ promptId: z.string(), position: z.number(), hash: z.string() });

/** The answer that the same request had before; another one under its id is refused. */
export function answerAgain(
  earlier: string,
  hash: string,
  requestId: string,
): Result<{ promptId: string; position: number }> {
  const { promptId, position, hash: earlierHash } = Answered.parse(JSON.parse(earlier));
  if (earlierHash !== hash)
    return failure('request_conflict', `requestId ${requestId} was already used for another prompt.`);
  return { ok: true, promptId, position };
}
