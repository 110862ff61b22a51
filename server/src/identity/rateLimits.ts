import { failure, limits, type Result } from '@deckhand/shared';
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import type { Store } from '../sessions/store/store.ts';

import type { Identity } from './identity.ts';

export type RateLimits = {
  /**
   * `userId` null: a token that acts for others is not held to one person's pace; whom it acts for is. `connectionId`
   * null: HTTP has no connection of its own that lasts, and an address may be a whole company's.
   */
  take(userId: string | null, connectionId: string | null): Promise<Result>;
  /** Bytes that somebody is about to send. A token that acts for others brings those of ten. */
  takeBytes(who: Identity, bytes: number): Promise<Result>;
};

const actsForMany = 10;

/** Commands a minute, per connection and, across all servers, per user. */
export function createRateLimits(store: Store): RateLimits {
  const perConnection = new RateLimiterMemory({
    points: limits.commandsPerMinutePerConnection,
    duration: 60,
  });
  const perUser = new RateLimiterRedis({
    storeClient: store,
    keyPrefix: 'dh:rate',
    points: limits.commandsPerMinutePerUser,
    duration: 60,
    // A store that is away must not lock everyone out; its own failure is told where it matters.
    insuranceLimiter: new RateLimiterMemory({ points: limits.commandsPerMinutePerUser, duration: 60 }),
  });
  const bytes = { points: limits.uploadBytesPerMinutePerUser, duration: 60 };
  const uploads = new RateLimiterRedis({
    storeClient: store,
    keyPrefix: 'dh:rate:bytes',
    insuranceLimiter: new RateLimiterMemory(bytes),
    ...bytes,
  });
  return {
    take: (userId, connectionId) =>
      within('Too many commands in a minute.', async () => {
        if (connectionId !== null) await perConnection.consume(connectionId);
        if (userId !== null) await perUser.consume(userId);
      }),
    takeBytes: (who, count) =>
      within('Too many bytes in a minute.', async () => {
        const share = who.scopes.includes('act') ? actsForMany : 1;
        await uploads.consume(who.via ?? who.userId, Math.ceil(count / share));
      }),
  };
}

async function within(sentence: string, consume: () => Promise<void>): Promise<Result> {
  try {
    await consume();
    return { ok: true };
  } catch (error) {
    if (!(error instanceof RateLimiterRes)) throw error;
    const seconds = Math.ceil(error.msBeforeNext / 1000);
    return failure('rate_limited', `${sentence} Try again in ${seconds} s.`);
  }
}
