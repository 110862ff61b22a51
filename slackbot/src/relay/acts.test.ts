import { type NewEvent, newId, RelayState } from '@deckhand/shared';
import { applyEvents, emptyView } from '@deckhand/shared/view';
import { expect, test } from '@jest/globals';
import { Acts } from './acts.ts';
import type { Hold } from './hold.ts';
import type { Live } from './live.ts';
import { Relay } from './relay.ts';
import type { RelayDeps } from './relayedThread.ts';

const sessionId = newId('session');
const turnId = newId('turn');
const promptId = newId('prompt');
const author = { userId: 'usr_a00000', name: 'Ana' };
const usage = { inputTokens: 1, outputTokens: 1, cachedInputTokens: 0, steps: 1 };
const story: NewEvent[] = [
  {
    type: 'prompt.queued',
    data: { promptId, requestId: 'r', text: 'Fix', attachments: [], author, position: 1 },
  },
  { type: 'turn.started', data: { turnId, promptIds: [promptId], model: 'm-1' } },
  { type: 'message.done', data: { messageId: newId('message'), text: 'All done.' } },
  { type: 'turn.finished', data: { turnId, outcome: 'done', usage } },
];
const envelopes = story.map((event, i) => ({
  ...event,
  seq: i + 1,
  at: new Date(1_700_000_000_000 + i * 1000).toISOString(),
  sessionId,
  turnId,
  actor: { kind: 'agent' as const },
}));

/** A thread that shows that turn, with what was written down of it, each time. */
function shownThread(whilePosting: (relay: Relay, live: Live) => Promise<void>) {
  const written: RelayState[] = [];
  let state = RelayState.parse({ seq: 3, live: { turnId, fromSeq: 1, ts: '1.1', mode: 'update' } });
  const hold = {
    thread: { provider: 'slack', id: 'T1/C1/1.0' },
    info: { session: { id: sessionId } },
    onLost() {},
    get state() {
      return state;
    },
    async note(change: Partial<RelayState>) {
      state = { ...state, ...change };
      written.push(state);
    },
    remember(change: Partial<RelayState>) {
      state = { ...state, ...change };
    },
    async sure() {},
  } as unknown as Hold;
  const slack = {
    pace: { take: () => true, waitMs: () => 0 },
    async once() {
      await whilePosting(relay, live);
      return { ok: true, ts: '2.2' };
    },
  };
  const relay = new Relay({ slack, pageUrl: 'https://deckhand.example' } as unknown as RelayDeps, hold);
  Object.defineProperty(relay, 'view', { value: applyEvents(emptyView(), envelopes).view });
  const message = { turnId, fromSeq: 1, ts: '1.1', mode: 'update' };
  const live = { message, settled: false, end: async () => {} } as unknown as Live;
  relay.live = live;
  relay.running = turnId;
  return { relay, written };
}

test('one that trails while the next turn begins is kept in mind until it is settled', async () => {
  const { relay, written } = shownThread(async () => {});
  const { live } = relay;
  await new Acts(relay).act(finished);
  const started = { ...envelopes[1], seq: 5, data: { turnId: newId('turn'), promptIds: [], model: 'm-1' } };
  await new Acts(relay).act(started as never);
  // Killed at any of these, the next one settles what this one did not.
  for (const state of written)
    expect([state.live, ...state.trailing].map(each => each?.turnId)).toContain(turnId);
  expect(written.at(-1)).toMatchObject({ live: { turnId: started.data.turnId }, trailing: [{ turnId }] });
  if (live) await relay.settled(live);
  expect(written.at(-1)).toMatchObject({ live: { turnId: started.data.turnId }, trailing: [] });
});

const finished = envelopes.at(-1) as never;

test('a live message that is settled while the end is told is kept in mind until the end is written down', async () => {
  const { relay, written } = shownThread(async (relay, live) => {
    Object.assign(live, { settled: true });
    await relay.settled(live);
  });
  await new Acts(relay).act(finished);
  // Killed at any of these, the next one folds the turn from its prompt on, or has nothing to tell any more.
  for (const { seq, live } of written) expect(seq === 4 || live?.fromSeq === 1).toBe(true);
  expect(written.at(-1)).toMatchObject({ seq: 4, live: null });
});

test('one that is settled later is forgotten then', async () => {
  const { relay, written } = shownThread(async () => {});
  const { live } = relay;
  await new Acts(relay).act(finished);
  expect(written.at(-1)).toMatchObject({ seq: 4, live: { turnId } });
  if (live) await relay.settled(live);
  expect(written.at(-1)).toMatchObject({ seq: 4, live: null });
});
