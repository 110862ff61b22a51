import { type Envelope, knownEvent } from '@deckhand/shared';
import { applyEvents, emptyView } from '@deckhand/shared/view';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { eventsOf, scripted } from '../../../../shared/src/view/scripted.fixture.ts';
import { axisOf, endOf, longestGapMs, momentAt, placeAfter, placeOf } from './axis.ts';
import { replayLog, turnNumberAt } from './replayLog.ts';
import { snapshotsOf } from './snapshots.ts';
import { windowItems, windowOf } from './windowOf.ts';

const log = fc.array(fc.nat(10_000), { maxLength: 120, size: 'max' }).map(seeds => eventsOf(scripted(seeds)));
const atMs = (ms: number) => new Date(Date.UTC(2026, 10, 21) + ms).toISOString();
const axisAt = (...ms: number[]) => axisOf(ms.map(each => ({ at: atMs(each) })));
const gaps = fc.array(fc.nat(20_000), { minLength: 1, maxLength: 40 });
const axisOfGaps = (lengths: readonly number[]) => {
  let ms = 0;
  return axisAt(
    ...lengths.map(length => {
      ms += length;
      return ms;
    }),
  );
};

test('folded from a snapshot, at whatever moment and in whatever order, it is what the whole log gives', () => {
  fc.assert(
    fc.property(log, fc.array(fc.nat(400), { maxLength: 12 }), (events, looks) => {
      const snapshots = snapshotsOf(events, 7);
      snapshots.extend();
      for (const look of looks) {
        const seq = Math.min(look, events.length);
        const whole = applyEvents(emptyView(), events.slice(0, seq)).view;
        expect(snapshots.viewAt(look)).toEqual({ ...whole, events: [] });
      }
    }),
  );
});

test('what was looked at does not change what another look gives', () => {
  const events = eventsOf(scripted(Array.from({ length: 200 }, (_, i) => i * 7)));
  const fresh = (seq: number) => snapshotsOf(events, 50).viewAt(seq);
  const snapshots = snapshotsOf(events, 50);
  for (const seq of [10, 11, 12, 120, 49, 50, 51, 12]) expect(snapshots.viewAt(seq)).toEqual(fresh(seq));
});

test('a gap is cut short on the scrubber, and what lies in it keeps its share', () => {
  const axis = axisAt(0, 500, 60_500, 61_500);
  expect(axis.places).toEqual([0, 500, 2500, 3500]);
  expect(endOf(axis)).toBe(3500);
  const first = axis.atMs[0] ?? 0;
  expect(momentAt(axis, 1500)).toEqual({ seq: 2, atMs: first + 30_500 });
  expect(momentAt(axis, 3500)).toEqual({ seq: 4, atMs: first + 61_500 });
  expect(momentAt(axis, 99_999)).toEqual({ seq: 4, atMs: first + 61_500 });
});

test('waiting takes as long as it took, unless it is skipped', () => {
  const axis = axisAt(0, 10_000, 10_100);
  expect(placeAfter(axis, 0, 5000, true)).toBe(2100);
  expect(placeAfter(axis, 0, 1000, true)).toBe(1000);
  expect(placeAfter(axis, 0, 5000, false)).toBe(1000);
  expect(placeAfter(axis, 0, 10_050, false)).toBe(2050);
  expect(placeAfter(axis, 0, 60_000, false)).toBe(2100);
});

test('playing goes on to the end and never back, whatever the gaps and frames', () => {
  fc.assert(
    fc.property(gaps, fc.integer({ min: 1, max: 5000 }), fc.boolean(), (lengths, frameMs, skips) => {
      const axis = axisOfGaps(lengths);
      let place = 0;
      let frames = 0;
      for (; place < endOf(axis) && frames < 1_000_000; frames++) {
        const next = placeAfter(axis, place, frameMs, skips);
        expect(next).toBeGreaterThan(place);
        expect(momentAt(axis, next).seq).toBeGreaterThanOrEqual(momentAt(axis, place).seq);
        place = next;
      }
      expect(momentAt(axis, place).seq).toBe(lengths.length);
    }),
    { numRuns: 30 },
  );
});

test('each event has a place at which it is the last that happened, or one that came at once is', () => {
  fc.assert(
    fc.property(gaps, lengths => {
      const axis = axisOfGaps(lengths);
      for (let seq = 1; seq <= lengths.length; seq++) {
        const { seq: there, atMs: ms } = momentAt(axis, placeOf(axis, seq));
        expect(there).toBeGreaterThanOrEqual(seq);
        expect(ms).toBe(axis.atMs[seq - 1]);
        expect(endOf(axis)).toBeLessThanOrEqual(lengths.length * longestGapMs);
      }
    }),
  );
});

test('a clock that was set back does not turn the time round', () => {
  const axis = axisAt(1000, 400, 1200);
  expect(axis.places).toEqual([0, 0, 200]);
});

const sessionId = 'ses_000001';
const turnId = 'trn_000001';
const made = (seq: number, ms: number, type: string, data: unknown): Envelope => ({
  ...{ seq, at: atMs(ms), sessionId, turnId, actor: { kind: 'agent' }, type, data },
});
const usage = { inputTokens: 1, outputTokens: 1, cachedInputTokens: 0, steps: 1 };
const talk = [
  made(1, 0, 'turn.started', { turnId, promptIds: ['prm_000001'], model: 'm' }),
  made(2, 400, 'notice', { level: 'info', text: 'Meanwhile' }),
  made(3, 1000, 'message.done', { messageId: 'msg_000001', text: 'ab🚢cd' }),
  made(4, 1000, 'turn.finished', { turnId, outcome: 'done', usage }),
];

test('a text grows evenly from what the agent did before it to its end, and never within a sign', () => {
  for (const event of talk) expect(knownEvent(event)).not.toBeNull();
  const { viewAt, axis } = replayLog(talk);
  const textAt = (place: number) => viewAt(momentAt(axis, place)).drafts.map(({ text }) => text);
  expect(textAt(0)).toEqual([]);
  expect(textAt(200)).toEqual(['a']);
  // What comes from elsewhere meanwhile does not begin it anew.
  expect(textAt(400)).toEqual(['ab']);
  expect(textAt(500)).toEqual(['ab']);
  expect(textAt(700)).toEqual(['ab🚢']);
  expect(textAt(1000)).toEqual([]);
  expect(viewAt(momentAt(axis, 1000)).items.filter(item => item.kind === 'message')).toHaveLength(1);
});

test('turns are counted, and known by the moment', () => {
  const { turns } = replayLog(talk);
  expect(turns).toEqual([{ seq: 1, turnId, ended: true }]);
  expect([0, 1, 4].map(seq => turnNumberAt(turns, seq))).toEqual([0, 1, 1]);
});

test('of 10,000 events any moment can be had, and its end is what is drawn', () => {
  const notices = Array.from({ length: 10_000 }, (_, i) =>
    made(i + 1, i * 10, 'notice', { level: 'info', text: `Number ${i + 1}` }),
  );
  const { viewAt, axis } = replayLog(notices);
  for (const seq of [9_999, 17, 5_250, 5_249, 10_000]) {
    const view = viewAt(momentAt(axis, placeOf(axis, seq)));
    expect(view.last).toBe(seq);
    expect(view.items.at(-1)).toMatchObject({ text: `Number ${seq}` });
    const shown = windowOf(view, windowItems);
    expect(shown.items.length).toBeLessThanOrEqual(windowItems * 2);
    expect(shown.items.at(-1)).toBe(view.items.at(-1));
    expect(shown.from === 1).toBe(shown.items.length === view.items.length);
  }
});
