import { type Envelope, limits } from '@deckhand/shared';
import type { Client, ClientFailure } from '@deckhand/shared/client';
import { replayLimits } from './replayLog.ts';

export type LogRead =
  | { ok: true; events: Envelope[]; remarks: string[] }
  | { ok: false; failure: ClientFailure };

/** Whoever is told to ask less often does. */
const restMs = 3000;

/** A session's log page by page, up to where it was when the first one came. Null: nobody waits for it any more. */
export async function readLog(
  client: Client,
  sessionId: string,
  { onProgress, signal }: { onProgress: (count: number, of: number) => void; signal: AbortSignal },
): Promise<LogRead | null> {
  const events: Envelope[] = [];
  let chars = 0;
  for (let last = Number.POSITIVE_INFINITY; events.length < last; ) {
    const page = await client.http['events.list']({
      ...{ sessionId, after: events.length, limit: limits.eventPageCount },
    });
    if (signal.aborted) return null;
    if (!page.ok) {
      if (!page.retryable) return { ok: false, failure: page };
      await new Promise(resolve => setTimeout(resolve, restMs));
      if (signal.aborted) return null;
      continue;
    }
    last = Math.min(last, page.last);
    if (page.events.length === 0) break;
    events.push(...page.events);
    chars += JSON.stringify(page.events).length;
    onProgress(events.length, last);
    if (events.length >= replayLimits.events || chars > replayLimits.chars)
      return {
        ...{ ok: true, events },
        remarks: [
          `Only the first ${events.length.toLocaleString('en')} of ${last.toLocaleString('en')} events are shown: the log is too long.`,
        ],
      };
  }
  return { ok: true, events, remarks: [] };
}
