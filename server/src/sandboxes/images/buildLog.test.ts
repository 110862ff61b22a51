import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openTestStore } from '../../../test/helpers/testStore.ts';
import { createBuildLog, readBuildLog } from './buildLog.ts';

let store: Awaited<ReturnType<typeof openTestStore>>;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store.close());

async function readAll(buildId: string): Promise<string> {
  let text = '';
  let after = '';
  for (;;) {
    const piece = await readBuildLog(store.store, buildId, after);
    text += piece.text;
    after = piece.next;
    if (!piece.more) return text;
  }
}

test('what a build prints is read back as it was, wherever it is cut, page by page', async () => {
  const written = `x${'🚢'.repeat(20_000)}${'line\n'.repeat(500_000)}`;
  const log = createBuildLog(store.store, 'bld_long');
  log.write(written.slice(0, 7));
  log.write(written.slice(7));
  await log.flush();
  expect(await readAll('bld_long')).toBe(written);
});

test('a log that is written on is read on from where the reader stood', async () => {
  const log = createBuildLog(store.store, 'bld_on');
  log.write('one\n');
  await log.flush();
  const first = await readBuildLog(store.store, 'bld_on', '');
  log.write('two\n');
  await log.flush();
  expect(first.text).toBe('one\n');
  expect((await readBuildLog(store.store, 'bld_on', first.next)).text).toBe('two\n');
});
