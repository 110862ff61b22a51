import type { Duplex } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate, createZstdDecompress } from 'node:zlib';

const makers: Record<string, () => Duplex> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
  zstd: createZstdDecompress,
};
/** More than one after another is nobody's need, and each may blow up what the one before it gave. */
const mostLayers = 2;

/**
 * What undoes a `Content-Encoding`, in order; undefined where it cannot be undone. A host may compress though it was
 * asked not to.
 */
export function decompressors(encoding: string | undefined): Duplex[] | undefined {
  const names = (encoding ?? '')
    .toLowerCase()
    .split(',')
    .map(name => name.trim())
    .filter(name => name !== '' && name !== 'identity');
  if (names.length > mostLayers) return undefined;
  const made = names.toReversed().map(name => makers[name]);
  return made.every(maker => maker !== undefined) ? made.map(maker => maker()) : undefined;
}
