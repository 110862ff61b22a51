import { useEffect, useRef } from 'react';
import { client } from '../client.ts';

/** A turn writes many events a second. */
const everyMs = 1_000;

/** Whoever has this session before their eyes has seen it up to there; kept by the server, for all their devices. */
export function useSeen(sessionId: string, last: number | undefined): void {
  const newest = useRef(last);
  newest.current = last;
  useEffect(() => {
    let told = 0;
    const tell = () => {
      const seq = newest.current ?? 0;
      if (seq <= told || document.visibilityState !== 'visible') return;
      told = seq;
      void client.http['session.seen']({ sessionId, seq }).then(answer => {
        if (!answer.ok && told === seq) told = 0;
      });
    };
    const timer = setInterval(tell, everyMs);
    return () => {
      clearInterval(timer);
      tell();
    };
  }, [sessionId]);
}
