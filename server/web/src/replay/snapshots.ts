import type { Envelope } from '@deckhand/shared';
import { applyEvents, emptyView, type View } from '@deckhand/shared/view';

/** Far enough apart to be few, near enough that folding from one is not felt. */
export const snapshotEvery = 250;

/** The views of a log: any of them is folded from the nearest one that is kept. */
export type Snapshots = {
  /** Takes in what was added to the events. */
  extend: () => void;
  viewAt: (seq: number) => View;
};

/** `events` are 1..n, and only ever grow. */
export function snapshotsOf(events: readonly Envelope[], every = snapshotEvery): Snapshots {
  const kept: View[] = [emptyView()];
  let newest: View = emptyView();
  const from = (view: View, seq: number) =>
    withoutEvents(applyEvents(view, events.slice(view.last, seq)).view);
  return {
    extend() {
      for (let at = kept.length * every; at <= events.length; at += every)
        kept.push(from(kept.at(-1) ?? emptyView(), at));
    },
    viewAt(seq) {
      const wanted = Math.min(Math.max(0, seq), events.length);
      const snapshot = kept[Math.min(Math.floor(wanted / every), kept.length - 1)] ?? emptyView();
      // Whoever plays on goes on from where they are.
      const near = newest.last <= wanted && newest.last > snapshot.last ? newest : snapshot;
      if (near.last !== wanted) newest = from(near, wanted);
      else newest = near;
      return newest;
    },
  };
}

/** The log holds them already. */
const withoutEvents = (view: View): View => ({ ...view, events: [] });
