import { expect, test } from '@jest/globals';
import { parseConfig, secretsOf } from './config.ts';

const parse = (env: Record<string, string>) => parseConfig(env, '/checkout');
const message = (env: Record<string, string>) => {
  const parsed = parse(env);
  return parsed.ok ? 'ok' : parsed.message;
};

const signIn = { GITHUB_CLIENT_ID: 'Iv1', GITHUB_CLIENT_SECRET: 'a-client-secret' };

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
  [
    { DECKHAND_MODEL: 'anthropic/claude' },
    /^DECKHAND_MODEL names anthropic\/claude: set ANTHROPIC_API_KEY\.$/,
  ],
  [{ DECKHAND_FAST_MODEL: 'google/gemini' }, /^DECKHAND_FAST_MODEL names .*GOOGLE_GENERATIVE_AI_API_KEY/],
  [{ DECKHAND_MODEL: 'azure/d', AZURE_API_KEY: 'k' }, /set AZURE_RESOURCE_NAME, or AZURE_BASE_URL\.$/],
  [{ DECKHAND_MODEL: 'bedrock/m', AWS_REGION: 'r' }, /AWS_BEARER_TOKEN_BEDROCK, or AWS_ACCESS_KEY_ID and/],
  [{ DECKHAND_MODELS: 'gpt-5, openai-compatible/x' }, /^DECKHAND_MODELS names gpt-5: set OPENAI_API_KEY/],
  [
    { DECKHAND_MODEL: 'anthropic/x', OPENAI_BASE_URL: 'http://localhost:1/v1' },
    /openai-compatible\/anthropic\/x/,
  ],
  [{ DECKHAND_MODELS: 'a b' }, /^DECKHAND_MODELS: names of models/],
  [{ DECKHAND_TOKEN: 'short' }, /^DECKHAND_TOKEN: /],
  [{ DECKHAND_TURN_MS: '-1' }, /^DECKHAND_TURN_MS: /],
  [{ HOST: '0.0.0.0' }, /loopback only.*ssh -L/],
  [{ HOST: '0.0.0.0', ...signIn }, /https address/],
  [{ HOST: '0.0.0.0', DECKHAND_PUBLIC_URL: 'http://deckhand.example', ...signIn }, /read along/],
  [{ DECKHAND_PUBLIC_URL: 'http://deckhand.example', ...signIn }, /read along/],
  [{ HOST: '0.0.0.0', DECKHAND_PUBLIC_URL: 'https://deckhand.example' }, /loopback only/],
  [{ GITHUB_APP_ID: '1' }, /belong together/],
  [{ GITHUB_CLIENT_ID: '1' }, /GITHUB_CLIENT_SECRET belong together/],
  [{ DECKHAND_ALLOW_ORGS: 'acme/core' }, /^DECKHAND_ALLOW_ORGS: names/],
  [{ DECKHAND_ALLOW_TEAMS: 'core' }, /^DECKHAND_ALLOW_TEAMS: org\/team/],
  [{ DECKHAND_PRICES: '{"m":{"input":1,"output":1}}' }, /^DECKHAND_PRICES: m\.cachedInput/],
  [{ DECKHAND_PRICES: 'nowhere.json' }, /^DECKHAND_PRICES: there is no file \/checkout\/nowhere\.json/],
  [{ GITHUB_APP_ID: '1', GITHUB_APP_PRIVATE_KEY: '/nowhere.pem' }, /neither a PEM nor the path/],
] as [Record<string, string>, RegExp][])('%o ends in a sentence that says what is wrong', (env, wanted) => {
  expect(message(env)).toMatch(wanted);
});

test.each([
  { HOST: '0.0.0.0', DECKHAND_PUBLIC_URL: 'https://deckhand.example' },
  { HOST: '0.0.0.0', DECKHAND_PUBLIC_URL: 'http://localhost:4000' },
  { HOST: '::1' },
  {},
])('with sign-in %o is safe', env => {
  const parsed = parse({
    ...env,
    ...signIn,
    DECKHAND_ALLOW_TEAMS: 'Acme/Core, acme/ops',
    DECKHAND_ADMINS: 'Ana',
  });
  if (!parsed.ok) throw new Error(parsed.message);
  expect(parsed.config.signIn?.allow).toEqual({
    orgs: [],
    teams: ['acme/core', 'acme/ops'],
    users: [],
    admins: ['ana'],
  });
});

test('what must never be printed is known', () => {
  const parsed = parse({
    OPENAI_API_KEY: 'sk-0123456789',
    AWS_SECRET_ACCESS_KEY: 'aws-0123456789',
    DECKHAND_TOKEN: 'token-0123456789abcdef',
  });
  if (!parsed.ok) throw new Error(parsed.message);
  expect(secretsOf(parsed.config)).toEqual(['sk-0123456789', 'aws-0123456789', 'token-0123456789abcdef']);
});
