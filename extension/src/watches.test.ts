import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { unwatchOrigin, watchOrigin } from './watches.ts';

const site = 'https://shop.example';
const stored: Record<string, unknown> = {};
const scripts = new Map<string, { id: string; matches: string[] }>();
const allowed = new Set<string>();
let onChange: () => void = () => {};

/** What Chrome does of it: a permission is told to the worker at once, and a script that is there is not registered again. */
const chromeLike = {
  storage: {
    managed: { get: async () => ({}) },
    local: {
      get: async (key: string) => ({ [key]: stored[key] }),
      set: async (values: object) => void Object.assign(stored, values),
    },
  },
  permissions: {
    request: async ({ origins: [origin = ''] }: { origins: string[] }) => {
      allowed.add(origin);
      onChange();
      return true;
    },
    remove: async ({ origins: [origin = ''] }: { origins: string[] }) => {
      allowed.delete(origin);
      onChange();
    },
    contains: async ({ origins: [origin = ''] }: { origins: string[] }) => allowed.has(origin),
  },
  scripting: {
    unregisterContentScripts: async ({ ids }: { ids: string[] }) => {
      for (const id of ids) if (!scripts.delete(id)) throw new Error(`Nonexistent script ID '${id}'`);
    },
    registerContentScripts: async (added: { id: string; matches: string[] }[]) => {
      await null;
      for (const script of added) {
        if (scripts.has(script.id)) throw new Error(`Duplicate script ID '${script.id}'`);
        scripts.set(script.id, script);
      }
    },
  },
};

beforeAll(() => void Object.assign(globalThis, { chrome: chromeLike }));
afterAll(() => void Reflect.deleteProperty(globalThis, 'chrome'));

test('a site is watched although the worker hears of its permission at the same time, and so is its end', async () => {
  const { keepWatches } = await import('./watches.ts');
  const told: Promise<void>[] = [];
  onChange = () => void told.push(keepWatches());
  for (const other of [site, 'https://billing.example']) {
    const watching = watchOrigin(other);
    // As when several permissions come at once.
    for (let k = 0; k < 5; k += 1) onChange();
    expect(await watching).toBe(true);
  }
  await Promise.all(told);
  expect(scripts.get('watch')?.matches).toEqual([`${site}/*`, 'https://billing.example/*']);
  await Promise.all([unwatchOrigin(site), keepWatches()]);
  await Promise.all(told);
  expect(scripts.get('watch')?.matches).toEqual(['https://billing.example/*']);
});
