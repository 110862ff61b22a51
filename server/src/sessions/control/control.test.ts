import { type Author, newId, noUsage } from '@deckhand/shared';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { tomorrow } from '../../../test/helpers/archive.ts';
import { actorOf, ana, ben, newSession, openTestStore, prompt } from '../../../test/helpers/testStore.ts';
import { hibernateSession } from '../archive/hibernate.ts';
import { appendPrompt, headPrompts } from '../queue/inbox.ts';
import { archiveSession, requestStop } from '../queue/stop.ts';
import { sweep } from '../queue/wake.ts';
import { takeLease } from '../run/lease.ts';
import { isHeldBack, yieldTurn } from '../run/parking.ts';
import { TurnWriter } from '../run/turnWriter.ts';
import { type Run, readMeta } from '../store/meta.ts';
import type { Store } from '../store/store.ts';
import { giveControl } from './giveControl.ts';
import { readControl, takeControl } from './takeControl.ts';

let opened: Awaited<ReturnType<typeof openTestStore>>;
let store: Store;
beforeAll(async () => {
  opened = await openTestStore();
  store = opened.store;
});
afterAll(() => opened.close());

const take = (id: string, by: Author) =>
  takeControl(store, id, { by, actor: actorOf(by), nowMs: Date.now(), leftAtMs: Date.now() + 60_000 });
async function give(id: string, note?: string) {
  const { record } = await readControl(store, id);
  const of = record ?? (await readMeta(store, id))?.controlRecord;
  if (!of) throw new Error('nobody has control');
  const told = { text: 'They did something.', people: of.people, changed: true, note: false };
  return giveControl(store, id, {
    ...{ of, actor: actorOf(of.by), changes: null, told, note },
    ...(note === undefined ? {} : { prompt: prompt(note, of.by) }),
  });
}
const woken = async () => {
  const ids: string[] = [];
  await sweep(store, async id => void ids.push(id));
  return ids;
};

/** A turn that a worker has. */
async function running(id: string) {
  await appendPrompt(store, id, prompt('Do it'));
  const lease = await takeLease(store, id, crypto.randomUUID());
  if (!lease) throw new Error('no lease');
  const writer = new TurnWriter(store, id, lease.fence);
  const prompts = await headPrompts(store, id);
  const run: Run = {
    ...{ turnId: newId('turn'), promptIds: prompts.map(({ promptId }) => promptId), author: ana },
    ...{ title: 'Do it', model: 'scripted', startedAtMs: Date.now(), deadlineAtMs: Date.now() + 60_000 },
    ...{ tokenBudget: 1_000, steps: 1, pending: [], usage: noUsage, touched: false },
  };
  return { run, writer, lease, begins: () => writer.startTurn(prompts, run, { messages: [] }) };
}

test('of two who take at once both get it, one after the other; no turn begins meanwhile, and nobody is woken', async () => {
  const id = await newSession(store);
  const taken = await Promise.all([take(id, ana), take(id, ben)]);
  expect(taken.map(({ ok }) => ok)).toEqual([true, true]);
  const meta = await readMeta(store, id);
  expect(meta?.controlRecord?.people).toHaveLength(2);
  expect(meta?.authors.map(({ name }) => name).toSorted()).toEqual(['Ana', 'Ben']);
  const { begins, lease } = await running(id);
  expect(await begins()).toBe(false);
  await lease.release();
  expect(await isHeldBack(store, id)).toBe(true);
  expect(await woken()).not.toContain(id);
  expect(await archiveSession(store, id, actorOf(ana))).toMatchObject({ ok: false });
  expect(await give(id)).toEqual({ ok: true });
  expect(await woken()).toContain(id);
});

test('a turn makes way only while somebody has it, goes on when they gave it, and is ended by a stop before', async () => {
  const id = await newSession(store);
  const { run, writer, lease, begins } = await running(id);
  expect(await begins()).toBe(true);
  await take(id, ben);
  const { text } = await readControl(store, id);
  if (!text) throw new Error('nobody has control');
  // One that runs comes to its next step, whoever works on it.
  expect(await isHeldBack(store, id)).toBe(false);
  const held = { store, sessionId: id, fence: lease.fence };
  expect(await yieldTurn(held, run, 'what it was before')).toBe('changed');
  expect(await yieldTurn(held, run, text)).toBe('parked');
  expect((await readMeta(store, id))?.state).toBe('waiting');
  await expect(writer.resume(run)).rejects.toThrow('not to go on');
  expect(await give(id)).toEqual({ ok: true });
  expect(await writer.resume(run)).toMatchObject({ turnId: run.turnId });

  await take(id, ben);
  const again = await readControl(store, id);
  expect(await yieldTurn(held, run, again.text || '')).toBe('parked');
  await lease.release();
  expect(await requestStop(store, id, undefined)).toMatchObject({ ok: true, goesOn: true });
  expect(await isHeldBack(store, id)).toBe(false);
  expect(await woken()).toContain(id);
});

test('it is kept while the session hibernates, and given from there, with the note as a prompt', async () => {
  const id = await newSession(store);
  await take(id, ana);
  expect(await hibernateSession(store, id, tomorrow())).toBe('moved');
  expect((await readMeta(store, id))?.control).toMatchObject({ by: ana });
  expect(await give(id, 'Go on')).toMatchObject({ ok: true, promptId: expect.any(String) });
  expect((await headPrompts(store, id)).map(({ text }) => text)).toEqual(['Go on']);
  expect((await readMeta(store, id))?.control).toBeNull();
});
