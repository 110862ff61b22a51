import { connectRedis } from '@deckhand/sandbox/preflight/redis-url';
import type { Redis } from 'ioredis';
import { z } from 'zod';
import { createCipher } from '../platform/cipher.ts';

/** The GitHub App that the set-up page made. */
export const KeptApp = z.object({
  appId: z.string(),
  name: z.string(),
  pageUrl: z.string(),
  clientId: z.string(),
  clientSecret: z.string(),
  webhookSecret: z.string().nullable(),
  privateKey: z.string(),
});
export type KeptApp = z.infer<typeof KeptApp>;

const key = 'dh:github-app';
/** Every server of this installation composes itself anew when something is said here. */
export const settingsChannel = 'dh:settings';
const bound = ['github-app'];

const cipherOf = (secret: string) => createCipher(secret, 'deckhand github app');

export async function keepApp(store: Redis, secret: string, app: KeptApp): Promise<void> {
  await store.set(key, cipherOf(secret).seal(JSON.stringify(app), bound));
}

/** Every server takes what is kept into service. */
export async function announceSettings(store: Redis): Promise<void> {
  await store.publish(settingsChannel, 'github-app');
}

/** Null where there is none, or it was sealed under another DECKHAND_SECRET. */
export async function readKeptApp(store: Redis, secret: string): Promise<KeptApp | null> {
  const sealed = await store.get(key);
  const text = sealed && cipherOf(secret).open(sealed, bound);
  return text ? KeptApp.parse(JSON.parse(text)) : null;
}

/** The same before anything is composed. */
export async function readKeptAppAt(redisUrl: string, secret: string): Promise<KeptApp | null> {
  const redis = connectRedis(redisUrl, { maxRetriesPerRequest: 3 });
  try {
    return await readKeptApp(redis, secret);
  } finally {
    redis.disconnect();
  }
}

type Env = Record<string, string | undefined>;

/** What the environment says counts; an App that it names and that is another one hides what was kept. */
export function withKeptApp(env: Env, kept: KeptApp | null): Env {
  if (!kept) return env;
  if (env.GITHUB_APP_ID && env.GITHUB_APP_ID !== kept.appId) return env;
  if (env.GITHUB_CLIENT_ID && env.GITHUB_CLIENT_ID !== kept.clientId) return env;
  const found: Env = {
    GITHUB_APP_ID: kept.appId,
    GITHUB_APP_PRIVATE_KEY: kept.privateKey,
    GITHUB_CLIENT_ID: kept.clientId,
    GITHUB_CLIENT_SECRET: kept.clientSecret,
    GITHUB_WEBHOOK_SECRET: kept.webhookSecret ?? undefined,
  };
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value));
  return { ...found, ...given };
}
