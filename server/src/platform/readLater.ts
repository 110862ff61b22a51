import type { Readable } from 'node:stream';

/**
 * A stream whose reader may come after its error: an error that nobody hears would end the server. Whoever reads it then
 * learns of it all the same.
 */
export const readLater = <T extends Readable>(stream: T): T => {
  stream.on('error', () => {});
  return stream;
};
