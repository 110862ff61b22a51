import type { Pace } from '../slack/pace.ts';
import type { Offers } from './live.ts';
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
  const busy = new Set<Relay>();
  const timer = setInterval(() => {
    const nowMs = Date.now();
    const running = [...relays()].filter(relay => relay.live !== null && relay.view !== null);
    for (const relay of running) if (relay.takeAwayNews() && relay.live) relay.live.dirty = true;
    for (const relay of byAge(running, relay => relay.live?.shownAtMs ?? 0)) {
      const { live, view } = relay;
      if (!live || !view || !live.dirty || busy.has(relay) || nowMs - live.shownAtMs < leastGapMs) continue;
      if (!pace.take(live.method, live.channel, false)) continue;
      busy.add(relay);
      void live.progress(view, relay.away).finally(() => busy.delete(relay));
    }
    if (!offers.may('assistant.threads.setStatus')) return;
    for (const relay of byAge(running, relay => relay.live?.statusAtMs ?? 0)) {
      const { live, view } = relay;
      if (!live || !view || nowMs - live.statusAtMs < leastStatusGapMs || !live.statusIsOld(view)) continue;
      if (!pace.take('assistant.threads.setStatus', live.channel, false)) break;
      void live.status(view);
    }
  }, beatEveryMs);
  return () => clearInterval(timer);
}

const byAge = (relays: readonly Relay[], atMs: (relay: Relay) => number) =>
  relays.toSorted((a, b) => atMs(a) - atMs(b));
