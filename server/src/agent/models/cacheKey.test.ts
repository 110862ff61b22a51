import { expect, test } from '@jest/globals';
import { askModel } from '../ask.ts';
import { openModel } from './models.ts';
import type { ProviderVariables } from './variables.ts';

/** What is asked of a model for a session, as it leaves. */
async function bodyFor(values: ProviderVariables): Promise<Record<string, unknown>> {
  let body = '';
  const fetch: typeof globalThis.fetch = async (_, init) => {
    body = String(init?.body);
    return new Response('no', { status: 400 });
  };
  const timeouts = { firstChunkMs: 5_000, chunkMs: 5_000, reasoningMs: 5_000 };
  const model = await openModel('gpt-5.2', { values, timeouts, fetch });
  const signal = new AbortController().signal;
  const input = {
    instructions: 'Be good',
    messages: [{ role: 'user' as const, content: 'Go' }],
    tools: {},
    signal,
  };
  await askModel(
    model,
    { ...input, cacheKey: 'ses_1' },
    { onText: () => {}, onFirst: () => {}, onReasoning: () => {} },
  ).catch(() => {});
  return JSON.parse(body);
}

test.each(['responses', 'chat'] as const)('OpenAI over %s is told which requests begin alike', async api => {
  const body = await bodyFor({ OPENAI_API_KEY: 'sk-x', DECKHAND_MODEL_API: api });
  expect(body.prompt_cache_key).toBe('ses_1');
});

test('another server is not: it may refuse what it does not know', async () => {
  const values = { OPENAI_BASE_URL: 'http://127.0.0.1:9/v1', DECKHAND_MODEL_API: 'responses' as const };
  expect(await bodyFor(values)).not.toHaveProperty('prompt_cache_key');
});
