import { setTimeout as sleep } from 'node:timers/promises';
import { script } from '../../platform/script.ts';
import type { Store } from '../../sessions/store/store.ts';
import { isErasureKey } from './erasures.ts';

const scanCount = 1_000;

/**
 * KEYS[1] stream; ARGV ids. An entry that is deleted by XDEL stays in the bytes of its node, which Redis writes to its files:
 * the stream is made anew of the others, under their ids.
 */
const dropEntries = script('dhDropEntries', {
  keys: 1,
  lua: `
local gone = {}
for _, id in ipairs(ARGV) do gone[id] = true end
local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
local entries = redis.call('XRANGE', KEYS[1], '-', '+')
redis.call('DEL', KEYS[1])
for _, entry in ipairs(entries) do
  if not gone[entry[1]] then redis.call('XADD', KEYS[1], entry[1], unpack(entry[2])) end
end
if redis.call('EXISTS', KEYS[1]) == 1 then redis.call('XSETID', KEYS[1], last[1]) end
return 1
`,
});

/**
 * Keys that have a say of their own: other sessions, the audit log, in which everybody stands by a pseudonym, records of
 * snapshots, without which nobody finds their disks, and jobs that wake sessions: they go when they have run, and find
 * nothing then.
 */
const isOthers = (key: string) =>
  /^dh:\{(ses_|audit)|^dh:snapshots$/.test(key) || isJob(key) || isErasureKey(key);

const isJob = (key: string) => /^dh:bull:[^:]+:\d+$/.test(key);

/**
 * Takes everything out of Redis that names one of these ids: whole keys that have one in their name or are one value, and
 * the fields, members and entries of others. Other sessions' keys and the audit log stay. An id is told from a longer one
 * that begins with it.
 */
export async function sweepRedis(store: Store, ids: readonly string[]): Promise<void> {
  const names = matcher(ids);
  for await (const key of keysOf(store, '*')) {
    if (isOthers(key)) continue;
    if (names(key)) await store.unlink(key);
    else await sweepKey(store, key, names);
  }
}

/** Jobs that name a session end by themselves once they have run, and find nothing then: so long they are waited for. */
const jobMs = 10_000;

export async function jobsEnded(store: Store, sessionId: string): Promise<void> {
  const names = matcher([sessionId]);
  for (const began = Date.now(); Date.now() - began < jobMs; await sleep(50)) {
    let left = false;
    for await (const key of keysOf(store, 'dh:bull:*'))
      if (isJob(key) && names((await store.hget(key, 'data')) ?? '')) left = true;
    if (!left) return;
  }
}

/** Every key of a session: also what was staged when a server died. */
export async function dropSessionKeys(store: Store, prefix: string): Promise<void> {
  for await (const key of keysOf(store, `${prefix}*`)) await store.unlink(key);
}

export async function* keysOf(store: Store, match: string): AsyncGenerator<string> {
  let cursor = '0';
  do {
    const [next, keys] = await store.scan(cursor, 'MATCH', match, 'COUNT', scanCount);
    yield* keys;
    cursor = next;
  } while (cursor !== '0');
}

/** Also an account elsewhere, `slack:T1/U1`, as whom a token acts for: `{"provider":"slack","id":"T1/U1"`. */
function matcher(ids: readonly string[]): (text: string) => boolean {
  const forms = ids.flatMap(id => {
    const [, provider, account] = /^([a-z]+):(.+)$/.exec(id) ?? [];
    return provider ? [id, `provider":"${provider}","id":"${account}`] : [id];
  });
  const escaped = forms.map(form => form.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  const pattern = new RegExp(`(?:^|[^A-Za-z0-9_])(?:${escaped.join('|')})(?![A-Za-z0-9_])`);
  return text => pattern.test(text);
}

async function sweepKey(store: Store, key: string, names: (text: string) => boolean): Promise<void> {
  switch (await store.type(key)) {
    case 'string':
      if (names((await store.get(key)) ?? '')) await store.unlink(key);
      return;
    case 'hash': {
      const found = Object.entries(await store.hgetall(key)).filter(each => each.some(names));
      if (found.length > 0) await store.hdel(key, ...found.map(([field]) => field));
      return;
    }
    case 'set': {
      const found = (await store.smembers(key)).filter(names);
      if (found.length > 0) await store.srem(key, ...found);
      return;
    }
    case 'zset': {
      const found = (await store.zrange(key, '0', '-1')).filter(names);
      if (found.length > 0) await store.zrem(key, ...found);
      return;
    }
    case 'list': {
      for (const value of (await store.lrange(key, 0, -1)).filter(names)) await store.lrem(key, 0, value);
      return;
    }
    case 'stream': {
      const entries = await store.xrange(key, '-', '+');
      const found = entries.filter(([, fields]) => fields.some(names)).map(([id]) => id);
      if (found.length > 0) await dropEntries(store, key, ...found);
    }
  }
}

/** Until Redis has written its append-only file anew, what was deleted still stands in it. */
export async function rewriteAof(store: Store, patienceMs = 120_000): Promise<boolean> {
  const info = async () => String(await store.info('persistence'));
  if (!/aof_enabled:1/.test(await info())) return true;
  const began = Date.now();
  for (;;) {
    const answer = await store.call('BGREWRITEAOF').catch(error => error as Error);
    if (!(answer instanceof Error)) break;
    // One that is under way may have begun before.
    if (!/in progress/.test(answer.message) || Date.now() - began > patienceMs) return false;
    await sleep(200);
  }
  while (/aof_rewrite_(in_progress|scheduled):1/.test(await info())) {
    if (Date.now() - began > patienceMs) return false;
    await sleep(100);
  }
  return true;
}
