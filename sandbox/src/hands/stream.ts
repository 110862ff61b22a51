import { chunkBytes, windowBytes } from '../protocol/limits.ts';
import type { ErrorCode, FromHands } from '../protocol/wire.ts';

/** An error that the asker is told of; anything else that a method throws is a bug and told as `internal`. */
export class MethodError extends Error {
  readonly code: ErrorCode;
  constructor(code: ErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

export type DataLabels = { from?: 'stdout' | 'stderr'; offset?: number };

/** One request's two-way stream. Bytes flow only under credit, so neither side holds more than a window of them. */
export function methodStream(id: number, post: (message: FromHands) => void) {
  const gone = new AbortController();
  let credit = windowBytes;
  let moreCredit = Promise.withResolvers<void>();
  const queue: Buffer[] = [];
  let ended = false;
  let moreData = Promise.withResolvers<void>();

  /** Waits for credit; false once nobody listens any more. */
  const ready = async (): Promise<boolean> => {
    while (credit <= 0 && !gone.signal.aborted) await moreCredit.promise;
    return !gone.signal.aborted;
  };

  /** Sends what credit allows and answers how much that was. */
  const sendSome = (data: Buffer, labels: DataLabels = {}): number => {
    const part = data.subarray(0, Math.min(chunkBytes, credit));
    credit -= part.length;
    post({ t: 'data', id, data: part.toString('base64'), ...labels });
    return part.length;
  };

  async function* incoming(): AsyncGenerator<Buffer> {
    while (!gone.signal.aborted) {
      const chunk = queue.shift();
      if (chunk) {
        yield chunk;
        post({ t: 'credit', id, bytes: chunk.length });
      } else if (ended) return;
      else await moreData.promise;
    }
    throw new MethodError('aborted', 'given up by the asker');
  }

  return {
    /** Aborted when the asker gives up or its connection breaks. */
    signal: gone.signal,
    ready,
    sendSome,
    /** Sends all, waiting for credit; false where nobody listens any more. */
    send: async (data: Buffer, labels: DataLabels = {}): Promise<boolean> => {
      for (let rest = data; rest.length > 0; ) {
        if (!(await ready())) return false;
        rest = rest.subarray(sendSome(rest, labels));
      }
      return true;
    },
    incoming,
    onCredit: (bytes: number) => {
      credit += bytes;
      moreCredit.resolve();
      moreCredit = Promise.withResolvers();
    },
    onData: (data: Buffer) => {
      if (data.length > 0) queue.push(data);
      moreData.resolve();
      moreData = Promise.withResolvers();
    },
    onEnd: () => {
      ended = true;
      moreData.resolve();
      moreData = Promise.withResolvers();
    },
    abort: () => {
      gone.abort();
      moreCredit.resolve();
      moreData.resolve();
    },
  };
}

export type MethodStream = ReturnType<typeof methodStream>;
