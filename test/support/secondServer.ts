import { join } from 'node:path';
import { startServer, type TestServer } from './server.ts';
import { modelKey, type Stack } from './stack.ts';

/** One more server of a stack's deployment: it takes turns as well. */
export async function secondServer(stack: Stack, more: Record<string, string> = {}): Promise<TestServer> {
  return startServer({
    REDIS_URL: await stack.server.redisUrl(),
    DECKHAND_BLOBS: join(stack.server.dataDir, 'blobs'),
    DECKHAND_REPOS: join(stack.server.dataDir, 'repos.json'),
    OPENAI_API_KEY: modelKey,
    OPENAI_BASE_URL: stack.model.url,
    DECKHAND_MODEL: 'scripted-1',
    DECKHAND_MODEL_RETRY_MS: '20',
    ...more,
  });
}
