import { isHighSurrogate } from '@deckhand/shared';
import type { Store } from '../../sessions/store/store.ts';

const keptSeconds = 7 * 24 * 3600;
/** A log that never ends keeps its newest part. */
const keptPieces = 4_000;
const flushMs = 200;
const pieceChars = 16_384;

const keyOf = (buildId: string) => `dh:build:${buildId}`;

export type BuildLog = {
  write(text: string): void;
  /** Everything written so far is stored. */
  flush(): Promise<void>;
};

/** What a build prints, stored as it comes: pages read it while it grows. */
export function createBuildLog(store: Store, buildId: string): BuildLog {
  const key = keyOf(buildId);
  let waiting = '';
  let storing: Promise<unknown> = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;

  const flush = async () => {
    clearTimeout(timer);
    timer = undefined;
    const text = waiting;
    waiting = '';
    if (text)
      storing = storing.then(async () => {
        const batch = store.pipeline();
        for (const piece of pieces(text)) batch.xadd(key, 'MAXLEN', '~', keptPieces, '*', 't', piece);
        await batch.expire(key, keptSeconds).exec();
      });
    await storing;
  };

  return {
    write(text) {
      waiting += text;
      // A log that cannot be stored must not end a build.
      timer ??= setTimeout(() => void flush().catch(() => {}), flushMs);
    },
    flush: () => flush().catch(() => {}),
  };
}

function* pieces(text: string): Generator<string> {
  for (let at = 0; at < text.length; ) {
    let end = at + pieceChars;
    // Half a character would be stored as none.
    if (isHighSurrogate(text.charCodeAt(end - 1))) end -= 1;
    yield text.slice(at, end);
    at = end;
  }
}

const pageCount = 100;

/** A piece of a build's log, from behind `after` (empty: from its start), and where to go on. */
export async function readBuildLog(
  store: Store,
  buildId: string,
  after: string,
): Promise<{ text: string; next: string; more: boolean }> {
  const entries = await store.xrange(keyOf(buildId), after ? `(${after}` : '-', '+', 'COUNT', pageCount);
  const text = entries.map(([, fields]) => fields[1] ?? '').join('');
  return { text, next: entries.at(-1)?.[0] ?? after, more: entries.length === pageCount };
}
