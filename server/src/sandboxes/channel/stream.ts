import { chunkBytes, type ErrorCode, type FromServer, windowBytes } from '@deckhand/sandbox/protocol';

export type Inbound = { data: Buffer; from?: 'stdout' | 'stderr'; offset?: number };

export type RawAnswer =
  | { ok: true; value: unknown }
  | { ok: false; code: ErrorCode | 'broken'; message: string };

/** Our end of one request: bytes both ways under credit, and an answer that ends it. */
export function clientStream(
  id: number,
  post: (message: FromServer) => void,
  onData: (data: Inbound) => void,
) {
  const answer = Promise.withResolvers<RawAnswer>();
  let credit = windowBytes;
  /** What the other side may send before we grant more. */
  let window = windowBytes;
  let settled = false;
  let moreCredit = Promise.withResolvers<void>();

  const send = async (data: Buffer): Promise<boolean> => {
    for (let rest = data; rest.length > 0; ) {
      while (credit <= 0 && !settled) await moreCredit.promise;
      if (settled) return false;
      const part = rest.subarray(0, Math.min(chunkBytes, credit));
      credit -= part.length;
      post({ t: 'data', id, data: part.toString('base64') });
      rest = rest.subarray(part.length);
    }
    return !settled;
  };

  const settle = (value: RawAnswer) => {
    settled = true;
    moreCredit.resolve();
    answer.resolve(value);
  };

  return {
    answer: answer.promise,
    send,
    end: () => post({ t: 'end', id }),
    abort: () => post({ t: 'abort', id }),
    grant: (bytes: number) => {
      if (settled || bytes <= 0) return;
      window += bytes;
      post({ t: 'credit', id, bytes });
    },
    /** Answers how the protocol was broken. What a reader of ours throws ends that stream alone. */
    onData: (inbound: Inbound): string | undefined => {
      window -= inbound.data.length;
      if (window < 0) return 'the runtime sent more than it was granted';
      if (settled) return undefined;
      try {
        onData(inbound);
      } catch (error) {
        settle({ ok: false, code: 'broken', message: `its reader failed: ${String(error)}` });
        post({ t: 'abort', id });
      }
      return undefined;
    },
    onCredit: (bytes: number): string | undefined => {
      if (credit + bytes > windowBytes) return 'the runtime granted more than it was sent';
      credit += bytes;
      moreCredit.resolve();
      moreCredit = Promise.withResolvers();
      return undefined;
    },
    settle,
  };
}
