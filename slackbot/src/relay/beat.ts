import type { Pace } from '../slack/pace.ts';
import type { Live, Offers } from './live.ts';
import type { Relay } from './relay.ts';

const beatEveryMs = 250;
/** Faster than people read is no news. */
const leastGapMs = 1_200;
const leastStatusGapMs = 3_000;

/**
 * Gives what Slack allows to the threads that run: whoever has shown nothing for longest is next. Status lines have a
 * larger allowance than messages, so that many threads at once stay alive by them.
 */
export function startBeat(relays: () => Iterable<Relay>, pace: Pace, offers: Offers): () => void {
  const busy = new Set<Live>();
  const timer = setInterval(() => {
    const nowMs = Date.now();
    const all = [...relays()].flatMap(relay => {
      const { view } = relay;
      if (relay.takeAwayNews() && relay.live) relay.live.dirty = true;
      return view ? relay.lives.map(live => ({ relay, view, live })) : [];
    });
    for (const { relay, view, live } of byAge(all, ({ live }) => live.shownAtMs)) {
      if (!live.dirty || busy.has(live) || nowMs - live.shownAtMs < leastGapMs) continue;
      if (!pace.take(live.method, live.channel, false)) continue;
      busy.add(live);
      void live
        .progress(view, relay.away)
        .then(() => (live.settled ? relay.settled(live) : undefined))
        .catch(() => {})
        .finally(() => busy.delete(live));
    }
    if (!offers.may('assistant.threads.setStatus')) return;
    const running = all.filter(({ live }) => !live.ended);
    for (const { view, live } of byAge(running, ({ live }) => live.statusAtMs)) {
      if (nowMs - live.statusAtMs < leastStatusGapMs || !live.statusIsOld(view)) continue;
      if (!pace.take('assistant.threads.setStatus', live.channel, false)) break;
      void live.status(view);
    }
  }, beatEveryMs);
  return () => clearInterval(timer);
}

const byAge = <T>(all: readonly T[], atMs: (each: T) => number) => all.toSorted((a, b) => atMs(a) - atMs(b));
