import { expect, test } from '@jest/globals';
import { type Config, parseConfig } from '../config.ts';
import { appLines, configLines, hookLine } from './checkLines.ts';
import { firstConfig } from './configured.ts';
import { type KeptApp, withKeptApp } from './keptApp.ts';
import { manifestOf } from './manifest.ts';
import { neededEvents, neededPermissions, wanting } from './needs.ts';

const kept: KeptApp = {
  appId: '7',
  name: 'Deckhand acme',
  pageUrl: 'https://github.test/apps/deckhand-acme',
  clientId: 'Iv1.kept',
  clientSecret: 'kept-client-secret',
  webhookSecret: 'kept-webhook-secret',
  privateKey: '-----BEGIN RSA PRIVATE KEY-----\nkept',
};
const publicUrl = 'https://deckhand.acme.example';

const parse = (env: Record<string, string | undefined>) => parseConfig(env, '/checkout');

function configOf(env: Record<string, string | undefined>): Config {
  const parsed = parseConfig(env, '/checkout');
  if (!parsed.ok) throw new Error(parsed.message);
  return parsed.config;
}

test('an App that was set up is the configuration where the environment names none', () => {
  const config = configOf(withKeptApp({ GITHUB_WEBHOOK_SECRET: '' }, kept));
  expect(config).toMatchObject({
    GITHUB_APP_ID: '7',
    githubPrivateKey: kept.privateKey,
    GITHUB_WEBHOOK_SECRET: 'kept-webhook-secret',
    signIn: { clientId: 'Iv1.kept', clientSecret: 'kept-client-secret' },
  });
});

test('a variable wins over what was kept; one of another App hides all of it', () => {
  const rotated = withKeptApp({ GITHUB_APP_ID: '7', GITHUB_WEBHOOK_SECRET: 'rotated-secret' }, kept);
  expect(rotated).toMatchObject({ GITHUB_WEBHOOK_SECRET: 'rotated-secret', GITHUB_CLIENT_ID: 'Iv1.kept' });
  for (const env of [{ GITHUB_APP_ID: '8' }, { GITHUB_CLIENT_ID: 'Iv1.other' }])
    expect(withKeptApp(env, kept)).toEqual(env);
});

test('a server that others reach starts with the sign-in that was set up, and says what is wrong without one', () => {
  const env = { HOST: '0.0.0.0', DECKHAND_PUBLIC_URL: publicUrl };
  expect(firstConfig(parse, env).HOST).toBe('127.0.0.1');
  expect(configOf(withKeptApp(env, kept)).HOST).toBe('0.0.0.0');
  expect(() => configOf(withKeptApp(env, null))).toThrow(/loopback only/);
  expect(() => firstConfig(parse, { PORT: 'x' })).toThrow(/^PORT: /);
});

test('an App of a public server hears what it must, and no more', () => {
  const manifest = manifestOf(publicUrl, { workflows: false });
  expect(manifest).toMatchObject({
    hook_attributes: { url: `${publicUrl}/api/webhooks/github`, active: true },
    default_events: neededEvents,
    default_permissions: neededPermissions,
  });
  // What every App hears cannot be subscribed to.
  for (const event of ['installation', 'installation_repositories', 'github_app_authorization'])
    expect(manifest.default_events).not.toContain(event);
  expect(manifest.default_permissions).not.toHaveProperty('workflows');
  expect(manifestOf(publicUrl, { workflows: true }).default_permissions.workflows).toBe('write');
  const long = manifestOf('https://deckhand.some-very-long-department.example', { workflows: false });
  expect(long.name.length).toBeLessThanOrEqual(34);
  for (const url of ['http://127.0.0.1:4000', 'http://deckhand.example', 'https://localhost'])
    expect(manifestOf(url, { workflows: false })).not.toHaveProperty('hook_attributes');
});

test('a greater right has the lesser ones in it', () => {
  expect(wanting({ a: 'read', b: 'write', c: 'read' }, { a: 'write', b: 'read' })).toEqual([
    'b: write',
    'c: read',
  ]);
});

test('what a public server cannot do without is missing, not advised', () => {
  const stateOf = (name: string, lines: ReturnType<typeof configLines>) =>
    lines.find(line => line.name === name)?.state;
  const config = configOf(withKeptApp({ DECKHAND_ALLOW_ORGS: 'acme' }, kept));
  const without = configOf(withKeptApp({}, { ...kept, webhookSecret: null }));
  expect(configLines(config, publicUrl).map(({ state }) => state)).toEqual(['ok', 'ok', 'ok']);
  expect(stateOf('Webhook secret', configLines(without, publicUrl))).toBe('missing');
  expect(stateOf('Webhook secret', configLines(without, 'http://127.0.0.1:4000'))).toBe('advised');
  expect(hookLine(publicUrl, `${publicUrl}/api/webhooks/github`).state).toBe('ok');
  expect(hookLine(publicUrl, 'https://old.example/hook')).toMatchObject({
    state: 'missing',
    text: 'It goes to https://old.example/hook.',
  });
  const app = {
    name: 'A',
    html_url: 'https://github.test/apps/a',
    client_id: 'Iv1.other',
    permissions: {},
    events: [],
  };
  expect(appLines(config, app).map(({ name, state }) => [name, state])).toEqual([
    ['App', 'ok'],
    ['Client id', 'missing'],
    ['Permissions', 'missing'],
    ['Events', 'missing'],
  ]);
});
