import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Envelope, knownEvent } from '../index.ts';
import { applyToHead, emptyHead } from './head.ts';
import { type Delivery, eventsOf, momentAfter, scripted } from './scripted.fixture.ts';
import {
  type Applied,
  applyEvent,
  applyFrame,
  emptyView,
  openView,
  prependEvents,
  refreshDrafts,
  resumeView,
  type View,
} from './view.ts';

/** Thousands by `npm run test:faults`. */
fc.configureGlobal({ numRuns: process.env.DECKHAND_TEST_FAULTS === undefined ? 100 : 1000 });
const script = fc.array(fc.nat(10_000), { maxLength: 120, size: 'max' }).map(scripted);
const deliver = (view: View, delivery: Delivery): Applied =>
  'event' in delivery ? applyEvent(view, delivery.event) : applyFrame(view, delivery.frame);
const inOneShot = (deliveries: readonly Delivery[]) =>
  deliveries.reduce((view, delivery) => deliver(view, delivery).view, emptyView());
const openingAfter = (deliveries: readonly Delivery[], after: number, limit = Number.POSITIVE_INFINITY) => {
  const events = eventsOf(deliveries).filter(event => event.seq > after);
  return { ...momentAfter(deliveries), events: events.slice(0, limit) };
};

test('a view folded event by event has the head that the server folds', () => {
  fc.assert(
    fc.property(script, deliveries => {
      const view = inOneShot(deliveries);
      const head = eventsOf(deliveries).reduce(applyToHead, emptyHead);
      expect(view.head).toEqual(head);
      expect(
        momentAfter(deliveries)
          .drafts.map(({ id, text }) => ({ id, text }))
          .sort(byId),
      ).toEqual(view.drafts.map(({ id, text }) => ({ id, text })));
    }),
  );
});
const byId = (a: { id: string }, b: { id: string }) => (a.id < b.id ? -1 : 1);

test('events and frames that come again change nothing', () => {
  fc.assert(
    fc.property(script, fc.infiniteStream(fc.nat(100)), (deliveries, again) => {
      let view = emptyView();
      for (const [i, delivery] of deliveries.entries()) {
        view = deliver(view, delivery).view;
        for (let repeats = again.next().value % 3; repeats > 0; repeats--) {
          const earlier = deliveries[Math.max(0, i - (again.next().value % 20))];
          if (!earlier) continue;
          const { view: same, need } = deliver(view, earlier);
          // A replaced attempt's late frame may ask for the drafts; nothing that is shown may move.
          expect(need).not.toBe('events');
          expect(same).toBe(view);
        }
      }
      expect(view).toEqual(inOneShot(deliveries));
    }),
  );
});

test('any mix of lost connections, pages and resume points gives the same view', () => {
  fc.assert(
    fc.property(
      script,
      fc.array(fc.tuple(fc.nat(60), fc.nat(30), fc.nat(5), fc.nat(9)), { maxLength: 6 }),
      (all, cuts) => {
        let view = emptyView();
        let at = 0;
        for (const [live, away, held, pageSize] of cuts) {
          for (; at < all.length && live > 0 && at % (live + 1) !== live; at++) view = step(view, all, at);
          const back = Math.min(all.length, at + away);
          for (let more = true; more; ) {
            const opening = openingAfter(all.slice(0, back), view.last, pageSize + 1);
            view = resumeView(view, opening);
            more = view.last < opening.last;
          }
          // What was sent while the answer was on its way comes behind it, although the answer covers it.
          for (let i = Math.max(0, back - held); i < back; i++) {
            const delivery = all[i];
            if (delivery) view = deliver(view, delivery).view;
          }
          at = back;
        }
        for (; at < all.length; at++) view = step(view, all, at);
        expect(view).toEqual(inOneShot(all));
      },
    ),
  );
});

test('lost frames are noticed, and the drafts fetched then make the view whole', () => {
  fc.assert(
    fc.property(script, fc.infiniteStream(fc.boolean()), (all, lost) => {
      let view = emptyView();
      for (const [i, delivery] of all.entries()) {
        if ('frame' in delivery && lost.next().value) continue;
        view = step(view, all, i);
      }
      expect(refreshDrafts(view, momentAfter(all).drafts)).toEqual(inOneShot(all));
    }),
  );
});

test('a lost event is a gap, and opening again closes it', () => {
  fc.assert(
    fc.property(script, fc.nat(200), (all, which) => {
      let view = emptyView();
      for (const [i, delivery] of all.entries()) {
        if ('event' in delivery && delivery.event.seq === which) continue;
        view = step(view, all, i);
      }
      expect(resumeView(view, openingAfter(all, view.last))).toEqual(inOneShot(all));
    }),
  );
});

test('a view opened at its tail and filled up with older pages is the whole view', () => {
  fc.assert(
    fc.property(script, fc.nat(300), fc.integer({ min: 1, max: 40 }), (all, after, pageSize) => {
      const opening = openingAfter(all, Math.min(after, momentAfter(all).last));
      let view = openView(opening);
      while (view.from > 1) {
        const older = eventsOf(all).filter(event => event.seq < view.from);
        view = prependEvents(view, older.slice(-pageSize));
      }
      expect(view).toEqual(inOneShot(all));
    }),
  );
});

test('what a rewind undid is marked, and what it brought back is not, however often it goes back and forth', () => {
  fc.assert(
    fc.property(script, all => {
      const view = inOneShot(all);
      const undone = undoneSeqs(eventsOf(all));
      for (const item of view.items) {
        // A prompt belongs to the turn that took it, wherever it was queued.
        if (item.kind === 'prompt') continue;
        expect([item.seq, item.undone === true]).toEqual([item.seq, undone(item.seq)]);
      }
      expect(view.items.every(item => item.undone !== false)).toBe(true);
    }),
  );
});

/** The same from the log alone: each turn's end remembers what was undone then. */
function undoneSeqs(events: readonly Envelope[]): (seq: number) => boolean {
  type Range = [from: number, to: number];
  const ends = new Map<string, { seq: number; ranges: Range[] }>();
  let ranges: Range[] = [];
  for (const event of events.map(knownEvent)) {
    if (event?.type === 'turn.finished') ends.set(event.data.turnId, { seq: event.seq, ranges });
    if (event?.type !== 'session.rewound') continue;
    const end = ends.get(event.data.turnId);
    ranges = end ? [...end.ranges, [end.seq, event.seq]] : ranges;
  }
  return seq => ranges.some(([from, to]) => seq > from && seq < to);
}

test('junk never throws, and only its place in the log counts', () => {
  const junk = fc.record({
    seq: fc.oneof(fc.nat(5), fc.constant(Number.NaN)),
    type: fc.oneof(fc.string(), fc.constantFrom('message.done', 'turn.finished', 'toString', '__proto__')),
    data: fc.anything(),
  });
  fc.assert(
    fc.property(fc.array(junk), pieces => {
      let view = emptyView();
      for (const piece of pieces) {
        const envelope = { ...piece, at: '', sessionId: 'ses_000001', actor: { kind: 'system' as const } };
        view = applyEvent(view, envelope).view;
      }
      expect(view.events).toHaveLength(view.last);
    }),
  );
});

/** As a client does it: what the fold asks for is fetched as of this moment. */
function step(view: View, all: readonly Delivery[], at: number): View {
  const delivery = all[at];
  if (!delivery) return view;
  const { view: next, need } = deliver(view, delivery);
  const sent = all.slice(0, at + 1);
  if (need === 'events') return resumeView(next, openingAfter(sent, next.last));
  if (need === 'drafts') return refreshDrafts(next, momentAfter(sent).drafts);
  return next;
}

test('a turn that ended for a reason which this client does not know has ended', () => {
  const turnId = 'trn_0123456789';
  const envelope = (seq: number, type: string, data: object): Envelope => ({
    ...{ seq, type, data, at: '2026-11-27T12:00:00.000Z', sessionId: 'ses_0123456789' },
    actor: { kind: 'system' },
  });
  const usage = { inputTokens: 1, outputTokens: 1, cachedInputTokens: 0, steps: 1 };
  const error = { code: 'of_a_later_version', message: 'The moon was in the way.' };
  const view = [
    envelope(1, 'turn.started', { turnId, promptIds: ['prm_0123456789'], model: 'm' }),
    envelope(2, 'turn.finished', { turnId, outcome: 'failed', usage, error }),
  ].reduce((folded, event) => applyEvent(folded, event).view, emptyView());
  expect(view.head.turn).toBeNull();
  expect(view.items.at(-1)).toMatchObject({ kind: 'turn.end', error: { message: error.message } });
});
