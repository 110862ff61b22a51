import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { openExtension } from './package.ts';

let dataDir: string;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'deckhand-extension-'));
});
afterAll(() => rm(dataDir, { recursive: true, force: true }));

const open = (build: () => Promise<never>) =>
  openExtension({
    dataDir,
    key: undefined,
    say: () => {},
    log: pino({ level: 'silent' }),
    build,
    patienceMs: 1,
  });

test('who asks while the sidebar is still being built is answered all the same', async () => {
  let builds = 0;
  const extension = await open(() => {
    builds++;
    return new Promise<never>(() => {});
  });
  extension.prepare();
  expect(await extension.files('http://127.0.0.1:4000')).toBeNull();
  expect(await extension.files('http://127.0.0.1:4000')).toBeNull();
  expect(builds).toBe(1);
});

test('a build that failed is tried again when somebody asks', async () => {
  let builds = 0;
  const extension = await open(async () => {
    builds++;
    throw new Error('no room');
  });
  expect(await extension.files('http://127.0.0.1:4000')).toBeNull();
  expect(await extension.files('http://127.0.0.1:4000')).toBeNull();
  expect(builds).toBe(2);
});
