import { Redis } from 'ioredis';
import { commitScript, draftsScript, frameScript, renewLeaseScript, takeLeaseScript } from './commit.lua.ts';

type ScriptAnswer = [number, number, string];

/** A Redis connection that knows our scripts. */
export type Store = Redis & {
  dhCommit(prefix: string, batch: string): Promise<ScriptAnswer>;
  dhFrame(prefix: string, ...args: (string | number)[]): Promise<number>;
  dhTakeLease(prefix: string, owner: string, ttlMs: number): Promise<number>;
  dhRenewLease(prefix: string, owner: string, ttlMs: number): Promise<number>;
  dhDrafts(prefix: string): Promise<string[]>;
};

/**
 * Connects to Redis. Commands wait while it is away (`maxRetriesPerRequest: null`) unless `failFastMs` bounds that:
 * a door would rather answer `store_down` than hang.
 */
export function connectStore(url: string, options: { failFastMs?: number } = {}): Store {
  const redis = new Redis(url, {
    maxRetriesPerRequest: null,
    enableReadyCheck: true,
    retryStrategy: attempt => Math.min(50 * attempt, 1000),
    ...(options.failFastMs === undefined ? {} : { commandTimeout: options.failFastMs }),
  });
  // Without a listener ioredis prints each failed reconnect; whoever waits for an answer learns of it there.
  redis.on('error', () => {});
  const scripts = {
    dhCommit: commitScript,
    dhFrame: frameScript,
    dhTakeLease: takeLeaseScript,
    dhRenewLease: renewLeaseScript,
    dhDrafts: draftsScript,
  };
  for (const [name, lua] of Object.entries(scripts)) redis.defineCommand(name, { numberOfKeys: 1, lua });
  return redis as Store;
}
