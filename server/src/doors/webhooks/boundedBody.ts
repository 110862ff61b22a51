import type { IncomingMessage } from 'node:http';
import { type Failure, failure } from '@deckhand/shared';

/** Whoever sends slower than this does not send at all. */
const bodyMs = 10_000;
/** Who waits for a place reads nothing; the sender's own machine holds it so long. */
const waitMs = 5_000;
const mostWaiting = 100;

type Room = { places: number; bytes: number };

/**
 * How many bodies of how many bytes this server holds at once, at doors where nobody is signed in: those that are said
 * to be small have places of their own, so that large ones do not hold them up.
 */
export type BodyRoom = { small: Room; large: Room };

export type BodyReader = {
  /**
   * All of a request's body. It is not begun where it is said to be too long, and broken off where it is; `onChunk` sees
   * it as it comes. The place is held until `work` has ended.
   */
  read<T>(
    request: IncomingMessage,
    work: (body: Buffer) => Promise<T>,
    onChunk?: (chunk: Buffer) => void,
  ): Promise<{ ok: true; done: T } | Failure>;
};

const tooLarge = (bytes: number) => failure('too_large', `A body has at most ${bytes} bytes here.`);
const busy = () => failure('rate_limited', 'Too many bodies come in at once. Send it again.');
const brokenOff = () => failure('bad_request', 'The body broke off, or came too slowly.');

/** Of a body that does not say how long it is, null. */
export function declaredBytes(request: IncomingMessage): number | null {
  const text = request.headers['content-length'];
  return text === undefined ? null : Number(text);
}

export function boundedBodies({ small, large }: BodyRoom): BodyReader {
  const lines = { small: placesOf(small.places), large: placesOf(large.places) };
  return {
    async read(request, work, onChunk = () => {}) {
      const declared = declaredBytes(request);
      if (declared !== null && declared > large.bytes) return tooLarge(large.bytes);
      const isSmall = declared !== null && declared <= small.bytes;
      const leave = await lines[isSmall ? 'small' : 'large']();
      if (!leave) return busy();
      try {
        const body = await collect(request, large.bytes, onChunk);
        return Buffer.isBuffer(body) ? { ok: true, done: await work(body) } : body;
      } finally {
        leave();
      }
    },
  };
}

/** A place, given back by calling what it answers; null where none was free in time. */
function placesOf(count: number): () => Promise<(() => void) | null> {
  let free = count;
  const waiting: ((has: boolean) => void)[] = [];
  const leave = () => {
    const next = waiting.shift();
    if (next) next(true);
    else free += 1;
  };
  return async () => {
    if (free > 0) {
      free -= 1;
      return leave;
    }
    if (waiting.length >= mostWaiting) return null;
    const has = await new Promise<boolean>(resolve => {
      const timer = setTimeout(() => {
        waiting.splice(waiting.indexOf(come), 1);
        resolve(false);
      }, waitMs);
      const come = (has: boolean) => {
        clearTimeout(timer);
        resolve(has);
      };
      waiting.push(come);
    });
    return has ? leave : null;
  };
}

function collect(
  request: IncomingMessage,
  mostBytes: number,
  onChunk: (chunk: Buffer) => void,
): Promise<Buffer | Failure> {
  return new Promise(resolve => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const end = (result: Buffer | Failure) => {
      clearTimeout(timer);
      request.off('data', take).off('end', whole).off('close', broken).off('error', broken);
      request.on('error', () => {}).pause();
      resolve(result);
    };
    const take = (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > mostBytes) return end(tooLarge(mostBytes));
      chunks.push(chunk);
      onChunk(chunk);
    };
    const whole = () => end(Buffer.concat(chunks));
    const broken = () => end(brokenOff());
    const timer = setTimeout(broken, bodyMs);
    if (request.destroyed) return broken();
    request.on('data', take).once('end', whole).once('close', broken).once('error', broken);
  });
}
