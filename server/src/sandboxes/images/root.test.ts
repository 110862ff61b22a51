import { text } from 'node:stream/consumers';
import { expect, test } from '@jest/globals';
import type { RootSpec, SandboxDriver } from '../driver.ts';
import type { Rootfs } from '../environments/environment.ts';
import { rootOf } from './root.ts';

/** What the engine is asked to make for an environment's root file system; null: nothing. */
async function askedFor(rootfs: Rootfs): Promise<{ image: string | null; spec: RootSpec | undefined }> {
  let spec: RootSpec | undefined;
  const driver = {
    buildRoot: async (asked: RootSpec) => {
      spec = asked;
      return { ok: true, image: 'made' };
    },
  } as unknown as SandboxDriver;
  const plan = {
    mirror: { repo: { id: 'shop' } },
    commit: 'c0ffee',
    environment: { rootfs },
    fingerprints: { all: 'a', root: 'b', install: 'c' },
  } as unknown as Parameters<typeof rootOf>[1]['plan'];
  const { signal } = new AbortController();
  const made = await rootOf(driver, { plan, timeoutMs: 1_000, write: () => {}, signal });
  return { image: made.ok ? made.image : null, spec };
}

test('our base image as it is needs nothing made', async () => {
  expect(await askedFor({ kind: 'base' })).toEqual({ image: null, spec: undefined });
  expect(await askedFor({ kind: 'base', packages: [] })).toEqual({ image: null, spec: undefined });
});

test.each([
  [{ kind: 'base', packages: ['gh'] }, 'FROM $DECKHAND_BASE\n'],
  [{ kind: 'image', image: 'debian:12', packages: ['gh'] }, 'FROM debian:12\n'],
] as [Rootfs, string][])('packages are laid over what is named: %j', async (rootfs, dockerfile) => {
  const { image, spec } = await askedFor(rootfs);
  expect(image).toBe('made');
  if (!spec || !('context' in spec.from)) throw new Error('no Dockerfile');
  expect(spec.from.packages).toEqual(['gh']);
  expect(await text(spec.from.context)).toContain(dockerfile);
});

test('an image without any is taken as it is', async () => {
  expect((await askedFor({ kind: 'image', image: 'debian:12' })).spec?.from).toEqual({ image: 'debian:12' });
});
