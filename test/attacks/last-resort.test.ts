import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { startServer } from '../support/server.ts';

test('an error that nothing handled is logged, drains and ends the server, and its Redis goes with it', async () => {
  const fault = fileURLToPath(new URL('../../server/test/helpers/faultOnSignal.mjs', import.meta.url));
  const server = await startServer({ NODE_OPTIONS: `--import=${fault}` });
  const url = await server.redisUrl();
  try {
    // What a turn left behind that is another server's by now ends nothing.
    server.signal('SIGIO');
    while (!server.log().includes('an injected loss')) await new Promise(resolve => setTimeout(resolve, 20));
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
    expect(await server.endBy('SIGUSR2')).toBe(1);
    expect(server.log()).toContain('an injected fault');
    const redis = new Redis(url, { lazyConnect: true, retryStrategy: () => null });
    redis.on('error', () => {});
    await expect(redis.connect()).rejects.toThrow();
  } finally {
    await server.dispose();
  }
});
