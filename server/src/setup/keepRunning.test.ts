import { expect, test } from '@jest/globals';
import type { App } from '../app.ts';
import type { Config } from '../config.ts';
import { keepRunning } from './keepRunning.ts';

/** Servers that only say what becomes of them. */
function stack() {
  const story: string[] = [];
  let made = 0;
  let hold: Promise<void> | null = null;
  const errors: unknown[] = [];
  const running = keepRunning({
    settle: async () => ({ PORT: 0, publicUrl: 'configured' }) as Config,
    async compose({ PORT, publicUrl }) {
      const n = ++made;
      story.push(`compose ${n} on ${PORT} as ${publicUrl}`);
      await hold;
      story.push(`runs ${n}`);
      return {
        server: { address: () => ({ port: 4321 }) },
        url: 'http://127.0.0.1:4321',
        close: async (how?: { comesBack: boolean }) =>
          void story.push(how?.comesBack ? `close ${n} for a moment` : `close ${n}`),
      } as unknown as App;
    },
    say: () => {},
    onError: error => errors.push(error),
  });
  return {
    running,
    story,
    errors,
    /** What is composed from now on takes until what this answers is called. */
    slow() {
      const { promise, resolve } = Promise.withResolvers<void>();
      hold = promise;
      return resolve;
    },
  };
}
/** Lets everything that waits for nothing happen. */
const settled = () => new Promise(resolve => setImmediate(resolve));

test('a change of settings closes the server and composes it anew at the same address', async () => {
  const { running, story } = stack();
  await running.app();
  running.again();
  await settled();
  await running.close();
  expect(story).toEqual([
    'compose 1 on 0 as configured',
    'runs 1',
    'close 1 for a moment',
    'compose 2 on 4321 as http://127.0.0.1:4321',
    'runs 2',
    'close 2',
  ]);
});

test('changes while it is being composed are taken in once, when that is done', async () => {
  const { running, story, slow } = stack();
  const finish = slow();
  running.again();
  running.again();
  await settled();
  expect(story).toEqual(['compose 1 on 0 as configured']);
  finish();
  await running.app();
  await settled();
  expect(story.filter(line => line.startsWith('runs'))).toEqual(['runs 1', 'runs 2']);
  await running.close();
});

test('closing while it is being composed waits, and leaves nothing running', async () => {
  const { running, story, slow } = stack();
  await running.app();
  const finish = slow();
  running.again();
  await settled();
  running.again();
  const closed = running.close();
  finish();
  await closed;
  expect(story.slice(-2)).toEqual(['runs 2', 'close 2']);
});
