import type { Redis } from 'ioredis';

/** A Lua script. A connection learns it when it first runs it, and names it by its hash from then on. */
export function script(name: string, { keys, lua }: { keys: number; lua: string }) {
  return (redis: Redis, ...args: (string | number)[]): Promise<unknown> => {
    if (!(name in redis)) redis.defineCommand(name, { numberOfKeys: keys, lua });
    const run = Reflect.get(redis, name) as (...args: (string | number)[]) => Promise<unknown>;
    return run.apply(redis, args);
  };
}
