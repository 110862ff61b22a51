import type { Envelope, Frame } from '../index.ts';
import type { Client } from './client.ts';
import { type ClientFailure, localFailure } from './result.ts';

export type FollowedPiece = { event: Envelope } | { frame: Frame };

/** A session as a stream, for a terminal: every event once and in order, frames between them, until `signal` aborts. */
export async function* followEvents(
  client: Client,
  sessionId: string,
  { after = 0, signal }: { after?: number; signal?: AbortSignal } = {},
): AsyncGenerator<FollowedPiece, ClientFailure | null> {
  const pieces: FollowedPiece[] = [];
  let failure: ClientFailure | null = null;
  let wake = () => {};
  const push = (piece: FollowedPiece) => {
    pieces.push(piece);
    wake();
  };
  const onAbort = () => wake();
  signal?.addEventListener('abort', onAbort);
  const follow = client.follow(sessionId, {
    start: { after },
    onEvent: event => push({ event }),
    onFrame: frame => push({ frame }),
    onFailure: given => {
      failure = given ?? localFailure('offline');
      wake();
    },
  });
  try {
    for (;;) {
      for (let piece = pieces.shift(); piece; piece = pieces.shift()) yield piece;
      if (failure || signal?.aborted) return failure;
      await new Promise<void>(resolve => {
        wake = resolve;
      });
    }
  } finally {
    signal?.removeEventListener('abort', onAbort);
    follow.leave();
  }
}
