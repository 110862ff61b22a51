import { failure, type Result } from '@deckhand/shared';
import { type RedisOptions as AllOptions, Redis } from 'ioredis';

/** What may be undefined there is not taken by the constructor. */
export type RedisOptions = Omit<AllOptions, 'replyMapping'>;

const sentinelPort = 26379;

/**
 * What `REDIS_URL` says: one server as `redis://` or `rediss://`, else a set of servers that Sentinel watches, as
 * `redis+sentinel://[user:password@]host[:port][,host[:port]…]/name[/database]` (`rediss+sentinel:` with TLS to both).
 * `?sentinelUsername=` and `?sentinelPassword=` are those of the sentinels themselves.
 */
export type RedisAddress = Result<{ sentinels: boolean; options: RedisOptions }>;

export function parseRedisUrl(text: string): RedisAddress {
  if (URL.canParse(text) && /^rediss?:$/.test(new URL(text).protocol))
    return { ok: true, sentinels: false, options: {} };
  const [, tls, login = '', hosts = '', rest = ''] =
    /^redis(s?)\+sentinel:\/\/(?:([^@/]*)@)?([^@/?#]+)\/([^#]*)$/.exec(text) ?? [];
  // Hosts with commas between are no URL: what stands beside them is read as that of the first.
  const shell = `redis://${login ? `${login}@` : ''}host/${rest}`;
  if (!hosts || !URL.canParse(shell)) return wrong;
  const url = new URL(shell);
  const path = decoded(url.pathname.slice(1));
  if (path === null) return wrong;
  const [name = '', database = '0', ...more] = path.split('/');
  const sentinels = hosts.split(',').map(hostOf);
  if (!name || more.length > 0 || !/^\d+$/.test(database) || !sentinels.every(each => each !== null))
    return wrong;
  const { username, password, searchParams } = url;
  const ofSentinels = {
    sentinelUsername: searchParams.get('sentinelUsername'),
    sentinelPassword: searchParams.get('sentinelPassword'),
  };
  const options: RedisOptions = {
    name,
    sentinels,
    db: Number(database),
    ...(username ? { username: decoded(username) ?? '' } : {}),
    ...(password ? { password: decoded(password) ?? '' } : {}),
    ...Object.fromEntries(Object.entries(ofSentinels).filter(([, value]) => value)),
    ...(tls ? { tls: {}, sentinelTLS: {}, enableTLSForSentinelMode: true } : {}),
    // Sentinels tell when another server takes over: a connection to the one before is closed then, whatever it still answers.
    failoverDetector: true,
  };
  return { ok: true, sentinels: true, options };
}

const wrong = failure(
  'bad_request',
  'expected redis://host:6379, rediss://host:6379 or redis+sentinel://host:26379,host:26379/name',
);

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

function hostOf(text: string): { host: string; port: number } | null {
  const [, six, plain, port] = /^(?:\[([\da-f:.]+)\]|([^\s:[\]]+))(?::(\d{1,5}))?$/i.exec(text) ?? [];
  const host = six ?? plain;
  return host ? { host, port: Number(port ?? sentinelPort) } : null;
}

/** A connection to what `REDIS_URL` names. Throws where the URL is none of its forms; doors check it before. */
export function connectRedis(url: string, options: RedisOptions = {}): Redis {
  const address = parseRedisUrl(url);
  if (!address.ok) throw new Error(`REDIS_URL: ${address.message}`);
  const all: RedisOptions = Object.assign({}, address.options, sentinelPace(options), options);
  const redis = address.sentinels ? new Redis(all) : new Redis(url, options);
  // Without a listener ioredis prints each failed reconnect; whoever waits for an answer learns of it there.
  redis.on('error', () => {});
  return redis;
}

/** Whoever does not try again for ever does not ask the sentinels for ever either. */
const sentinelPace = ({ retryStrategy }: RedisOptions): RedisOptions =>
  retryStrategy ? { sentinelRetryStrategy: retryStrategy } : {};
