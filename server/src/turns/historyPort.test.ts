import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { newSession, openTestStore } from '../../test/helpers/testStore.ts';
import { systemActor } from '../sessions/run/turnWriter.ts';
import { commit } from '../sessions/store/commit.ts';
import { type Meta, type Run, readMeta } from '../sessions/store/meta.ts';
import { historyPort } from './historyPort.ts';
import { Interrupted } from './turnControl.ts';

let opened: Awaited<ReturnType<typeof openTestStore>>;
let meta: Meta;
let stop: AbortController;
let letGo: AbortController;

beforeAll(async () => {
  opened = await openTestStore();
  const sessionId = await newSession(opened.store);
  // Some pages of the log, its oldest entry the one that is looked for.
  for (let page = 0; page < 3; page++)
    await commit(opened.store, sessionId, {
      checks: [],
      events: Array.from({ length: 400 }, (_, at) => ({
        type: 'notice' as const,
        actor: systemActor,
        data: { level: 'info' as const, text: page + at === 0 ? 'the needle' : 'hay' },
      })),
    });
  const read = await readMeta(opened.store, sessionId);
  if (!read) throw new Error('no session');
  meta = read;
});
afterAll(() => opened?.close());
beforeEach(() => {
  stop = new AbortController();
  letGo = new AbortController();
});

const port = (patienceMs?: number) =>
  historyPort({
    store: opened.store,
    meta,
    run: { turnId: 'trn_now' } as Run,
    readArtifact: async () => null,
    control: { interrupt: stop.signal, abandon: letGo.signal },
    ...(patienceMs === undefined ? {} : { patienceMs }),
  });

/** Redis answers nobody for a while; resolves when it answers again. */
async function paused(): Promise<{ over: Promise<unknown>; isOver: () => boolean }> {
  await opened.store.client('PAUSE', 2_000, 'ALL');
  let over = false;
  const answered = opened.store.ping().then(() => {
    over = true;
  });
  return { over: answered, isOver: () => over };
}

test('what stands in the oldest page is found', async () => {
  expect((await port().search('needle the', undefined)).output).toContain('the needle');
  expect((await port().search('nowhere', undefined)).output).toBe(
    'Nothing in this session has all of: nowhere',
  );
});

test('a look that takes too long ends, and says so', async () => {
  const pause = await paused();
  const [found, result] = await Promise.all([
    port(100).search('needle', undefined),
    port(100).result('cal_none', { offset: 0, limit: 10 }),
  ]);
  expect(pause.isOver()).toBe(false);
  expect(found).toMatchObject({ ok: false, output: expect.stringContaining('no time') });
  expect(result).toMatchObject({ ok: false, output: expect.stringContaining('no time') });
  await pause.over;
});

test('a search that ran out of time in the middle says where to go on', async () => {
  const reads = opened.store;
  let pages = 0;
  // The third page never comes.
  const slow = new Proxy(reads, {
    get(target, name) {
      const value = Reflect.get(target, name);
      if (name !== 'multi') return typeof value === 'function' ? value.bind(target) : value;
      return () => {
        const multi = target.multi();
        if (++pages > 3) multi.exec = () => new Promise(() => {});
        return multi;
      };
    },
  });
  const history = historyPort({
    store: slow,
    meta,
    run: { turnId: 'trn_now' } as Run,
    readArtifact: async () => null,
    control: { interrupt: stop.signal, abandon: letGo.signal },
    patienceMs: 300,
  });
  const { ok, output } = await history.search('needle', undefined);
  expect(ok).toBe(true);
  const before = Number(/Go on with before (\d+)/.exec(output)?.[1]);
  expect(before).toBeGreaterThan(1);
  expect((await port().search('needle', before)).output).toContain('the needle');
});

test('a stop ends it at once, and a worker that lets go says nothing', async () => {
  const pause = await paused();
  const looking = port().search('needle', undefined);
  const reading = port().result('cal_none', { offset: 0, limit: 10 });
  stop.abort(new Interrupted('stopped'));
  expect(await looking).toMatchObject({ ok: false, summary: expect.stringContaining('Stopped') });
  expect(await reading).toMatchObject({ ok: false, summary: expect.stringContaining('Stopped') });
  expect(pause.isOver()).toBe(false);
  await pause.over;
  letGo.abort(new Error('let go'));
  await expect(port().search('needle', undefined)).rejects.toThrow('let go');
});
