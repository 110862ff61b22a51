import { expect, test } from '@jest/globals';
import { parseConfig, secretsOf } from './config.ts';

const parse = (env: Record<string, string>) => parseConfig(env, '/checkout');
const message = (env: Record<string, string>) => {
  const parsed = parse(env);
  return parsed.ok ? 'ok' : parsed.message;
};

test('an empty environment is a whole configuration', () => {
  const parsed = parse({ PORT: '', REDIS_URL: '' });
  if (!parsed.ok) throw new Error(parsed.message);
  expect(parsed.config).toMatchObject({
    PORT: 4000,
    HOST: '127.0.0.1',
    dataDir: '/checkout/.deckhand',
    reposFile: '/checkout/.deckhand/repos.json',
    publicUrl: 'http://127.0.0.1:4000',
  });
});

test.each([
  [{ PORT: 'x' }, /^PORT: /],
  [{ PORT: '70000' }, /^PORT: /],
  [{ REDIS_URL: 'localhost' }, /^REDIS_URL: /],
  [{ DECKHAND_MODEL_API: 'soap' }, /^DECKHAND_MODEL_API: /],
  [{ DECKHAND_TOKEN: 'short' }, /^DECKHAND_TOKEN: /],
  [{ DECKHAND_TURN_MS: '-1' }, /^DECKHAND_TURN_MS: /],
  [{ HOST: '0.0.0.0' }, /loopback only.*ssh -L/],
  [{ GITHUB_APP_ID: '1' }, /belong together/],
  [{ GITHUB_APP_ID: '1', GITHUB_APP_PRIVATE_KEY: '/nowhere.pem' }, /neither a PEM nor the path/],
] as [Record<string, string>, RegExp][])('%o ends in a sentence that says what is wrong', (env, wanted) => {
  expect(message(env)).toMatch(wanted);
});

test('what must never be printed is known', () => {
  const parsed = parse({ OPENAI_API_KEY: 'sk-0123456789', DECKHAND_TOKEN: 'token-0123456789abcdef' });
  if (!parsed.ok) throw new Error(parsed.message);
  expect(secretsOf(parsed.config)).toEqual(['sk-0123456789', 'token-0123456789abcdef']);
});
