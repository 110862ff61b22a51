import { useSyncExternalStore } from 'react';
import { relativeTime } from '../words.ts';

// One clock for all times on the page: a timer for each would wake the page hundreds of times a minute.
let now = Date.now();
const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(() => {
    now = Date.now();
    for (const tell of listeners) tell();
  }, 20_000);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

/** "5 min ago", with the full date and time as a tooltip. */
export function RelativeTime({ at }: { at: string }) {
  const time = useSyncExternalStore(subscribe, () => now);
  const ms = Date.parse(at);
  if (Number.isNaN(ms)) return null;
  return (
    <time className="dh-time" dateTime={at} title={new Date(ms).toLocaleString()}>
      {relativeTime(ms, Math.max(time, Date.now()))}
    </time>
  );
}
