import { Transform } from 'node:stream';
import { helperTag } from './helper.ts';

/** So much of a page is held back until the place for the helper is found. */
const heldMax = 64 * 1024;

/** Puts the helper behind the opening of a page's head, or before everything where it has none. */
export function injectHelper(): Transform {
  let held: Buffer[] | null = [];
  let size = 0;
  const release = (last: boolean): Buffer | null => {
    if (!held) return null;
    const text = Buffer.concat(held);
    // Latin letters are the same in every encoding that pages come in; the bytes stay what they are.
    const place = /<(?:head|body)[^<>]*>/i.exec(text.toString('latin1'));
    if (!place && !last && size < heldMax) return null;
    held = null;
    const at = place ? place.index + place[0].length : 0;
    return Buffer.concat([text.subarray(0, at), Buffer.from(helperTag), text.subarray(at)]);
  };
  return new Transform({
    transform(chunk: Buffer, _, done) {
      if (!held) return done(null, chunk);
      held.push(chunk);
      size += chunk.length;
      done(null, release(false));
    },
    flush(done) {
      done(null, release(true));
    },
  });
}
