import { connectRedis, parseRedisUrl } from '@deckhand/sandbox/preflight/redis-url';
import type { Redis } from 'ioredis';
import { copyScript, hibernateScript, restoreScript } from '../archive/archive.lua.ts';
import type { Archives } from '../archive/archives.ts';
import type { KeyType } from './keys.ts';
import { keepHeadScript, logPageScript } from './log.lua.ts';
import type { StreamEntry } from './logEntry.ts';
import { commitScript, draftsScript, frameScript, renewLeaseScript, takeLeaseScript } from './scripts.lua.ts';

/** The last is 1 where it is time to keep a head. */
type ScriptAnswer = [number, number, string, number?];

/** A Redis connection that knows our scripts, and where sessions go that leave Redis. */
export type Store = Redis & {
  archives: Archives;
  /** Another server takes over where this one fails, with what it has been told by then. */
  hasReplicas: boolean;
  dhCommit(prefix: string, batch: string): Promise<ScriptAnswer>;
  dhFrame(prefix: string, ...args: (string | number)[]): Promise<number>;
  dhTakeLease(prefix: string, owner: string, ttlMs: number): Promise<number>;
  dhRenewLease(prefix: string, owner: string, ttlMs: number): Promise<number>;
  dhLogPage(prefix: string, ...args: (string | number)[]): Promise<StreamEntry[]>;
  dhKeepHead(
    prefix: string,
    field: string,
    head: string,
    seq: number,
    dueBytes: number,
    countedBytes: number,
  ): Promise<number>;
  dhDrafts(prefix: string): Promise<string[]>;
  dhCopy(
    prefix: string,
    whole: string,
    paged: string,
  ): Promise<[part: string, type: KeyType, length: number, values: string[]][]>;
  dhHibernate(prefix: string, lengths: string, compared: string, busy: string, home: string): Promise<number>;
  dhRestore(prefix: string, staged: string, blob: string, lengths: string): Promise<number>;
};

/**
 * Connects to Redis. Commands wait while it is away (`maxRetriesPerRequest: null`) unless `failFastMs` bounds that:
 * a door would rather answer `store_down` than hang.
 */
export function connectStore(url: string, archives: Archives, options: { failFastMs?: number } = {}): Store {
  const redis = connectRedis(url, {
    maxRetriesPerRequest: null,
    enableReadyCheck: true,
    retryStrategy: attempt => Math.min(50 * attempt, 1000),
    // After a failover the old master refuses to write: look for the new one, and send it again (2) there.
    reconnectOnError: error => (error.message.startsWith('READONLY') ? 2 : false),
    ...(options.failFastMs === undefined ? {} : { commandTimeout: options.failFastMs }),
  });
  const scripts = {
    dhCommit: commitScript,
    dhFrame: frameScript,
    dhTakeLease: takeLeaseScript,
    dhRenewLease: renewLeaseScript,
    dhDrafts: draftsScript,
    dhLogPage: logPageScript,
    dhKeepHead: keepHeadScript,
    dhCopy: copyScript,
    dhHibernate: hibernateScript,
    dhRestore: restoreScript,
  };
  for (const [name, lua] of Object.entries(scripts)) redis.defineCommand(name, { numberOfKeys: 1, lua });
  const address = parseRedisUrl(url);
  return Object.assign(redis, { archives, hasReplicas: address.ok && address.sentinels }) as Store;
}
