import type { Duplex } from 'node:stream';

/** Whoever opens a tunnel and says nothing is let go after this. */
const patienceMs = 15_000;

/**
 * Looks at what a connection begins with, until `read` has an answer, and puts it back for whoever comes next. Undefined
 * where the connection ended or said nothing before.
 */
export function lookAhead<T>(stream: Duplex, read: (bytes: Buffer) => T | undefined): Promise<T | undefined> {
  return new Promise(resolve => {
    let seen = Buffer.alloc(0);
    const settle = (answer: T | undefined) => {
      clearTimeout(timer);
      stream.off('readable', look);
      stream.off('end', over);
      stream.off('close', over);
      if (seen.length > 0 && answer !== undefined) stream.unshift(seen);
      resolve(answer);
    };
    const over = () => settle(undefined);
    const look = () => {
      for (let chunk = stream.read(); chunk !== null; chunk = stream.read()) {
        seen = Buffer.concat([seen, chunk as Buffer]);
        const answer = read(seen);
        if (answer !== undefined) return settle(answer);
      }
    };
    const timer = setTimeout(over, patienceMs);
    stream.on('readable', look);
    stream.once('end', over);
    stream.once('close', over);
  });
}
