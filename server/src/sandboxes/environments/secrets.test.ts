import { limits } from '@deckhand/shared';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { openTestStore } from '../../../test/helpers/testStore.ts';
import { EnvironmentSecrets } from './secrets.ts';

let stack: Awaited<ReturnType<typeof openTestStore>>;
let secrets: EnvironmentSecrets;
beforeAll(async () => {
  stack = await openTestStore();
});
afterAll(() => stack?.close());
beforeEach(async () => {
  await stack.store.flushall();
  secrets = new EnvironmentSecrets(stack.store, 'the-secret-of-this-server');
});

const value = 'npm_0123456789abcdef';
const set = (name: string, more: { value?: string; repoId?: string; phase?: 'build' | 'run' } = {}) =>
  secrets.set('org', { name, repoId: 'shop', phase: 'build', value, setBy: 'Ana', ...more });
const valuesOf = async (repoId: string, phase: 'build' | 'run', orgId = 'org') => {
  const found = await secrets.values(orgId, repoId, phase);
  if (!found.ok) throw new Error(found.message);
  return found.values.map(({ name, value: text }) => [name, text]);
};

test('a secret is for one repository, one phase and one organisation', async () => {
  await set('NPM_TOKEN');
  await set('NPM_TOKEN', { phase: 'run', value: 'another-value' });
  await set('NPM_TOKEN', { repoId: 'shop2', value: 'third-value' });
  expect(await valuesOf('shop', 'build')).toEqual([['NPM_TOKEN', value]]);
  expect(await valuesOf('shop', 'run')).toEqual([['NPM_TOKEN', 'another-value']]);
  expect(await valuesOf('shop2', 'build')).toEqual([['NPM_TOKEN', 'third-value']]);
  expect(await valuesOf('shop2', 'run')).toEqual([]);
  expect(await valuesOf('shop', 'build', 'other-org')).toEqual([]);
});

test('who set it when is told, the value never', async () => {
  const said = await set('B');
  await set('A', { phase: 'run' });
  const listed = await secrets.list('org', 'shop');
  expect(listed).toEqual([
    { name: 'B', repo: 'shop', phase: 'build', setBy: 'Ana', setAt: expect.any(String) },
    { name: 'A', repo: 'shop', phase: 'run', setBy: 'Ana', setAt: expect.any(String) },
  ]);
  expect(JSON.stringify([said, listed])).not.toContain(value);
});

test('what Redis holds tells nothing of the value', async () => {
  await set('A');
  const held = JSON.stringify(await stack.store.hgetall('dh:secrets:org'));
  expect(held).not.toContain(value);
  expect(held).not.toContain(Buffer.from(value).toString('base64'));
});

test('its version changes with its value, and only then', async () => {
  const version = async () => {
    const found = await secrets.values('org', 'shop', 'build');
    return found.ok ? found.values[0]?.version : undefined;
  };
  await set('A');
  const first = await version();
  await set('A');
  expect(await version()).toBe(first);
  await set('A', { value: 'changed-value' });
  expect(await version()).not.toBe(first);
});

test('one that was set under another key is named, and can be set again', async () => {
  await set('A');
  secrets = new EnvironmentSecrets(stack.store, 'another-secret-of-the-server');
  expect(await secrets.values('org', 'shop', 'build')).toMatchObject({
    ok: false,
    code: 'bad_request',
    message: expect.stringMatching(/build secret A of shop cannot be read.*npx deckhand secret set A/),
  });
  expect(await secrets.list('org', 'shop')).toHaveLength(1);
  await set('A');
  expect(await valuesOf('shop', 'build')).toEqual([['A', value]]);
});

test('one that somebody moved in the store to where it does not belong is not opened', async () => {
  await set('A');
  const kept = (await stack.store.hget('dh:secrets:org', 'shop/build/A')) ?? '';
  const moved = JSON.stringify({ ...JSON.parse(kept), phase: 'run' });
  await stack.store.hset('dh:secrets:org', 'shop/run/A', moved);
  await stack.store.hset('dh:secrets:other', 'shop/build/A', kept);
  expect(await secrets.values('org', 'shop', 'run')).toMatchObject({ ok: false });
  expect(await secrets.values('other', 'shop', 'build')).toMatchObject({ ok: false });
});

test('what is removed is gone; removing it again says so', async () => {
  await set('A');
  expect(await secrets.remove('org', 'shop', 'run', 'A')).toMatchObject({ ok: false, code: 'not_found' });
  expect(await secrets.remove('org', 'shop', 'build', 'A')).toEqual({ ok: true });
  expect(await secrets.remove('org', 'shop', 'build', 'A')).toMatchObject({ ok: false, code: 'not_found' });
  expect(await valuesOf('shop', 'build')).toEqual([]);
});

test('there is a bound on how many, and replacing one is always possible', async () => {
  for (let i = 0; i < limits.secretsPerRepo; i++) await set(`A${i}`);
  expect(await set('ONE_MORE')).toMatchObject({ ok: false, code: 'too_large' });
  expect(await set('A0', { value: 'another-one' })).toMatchObject({ ok: true });
  expect(await set('ONE_MORE', { phase: 'run' })).toMatchObject({ ok: true });
});
