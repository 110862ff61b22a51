import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/**
 * Two connections as one. Each direction ends by itself, after its last byte was written (half-open is allowed); an
 * error, or one that closes before its end, ends both.
 */
export function join(a: Duplex, b: Duplex): void {
  pipeline(a, b).catch(() => b.destroy());
  pipeline(b, a).catch(() => a.destroy());
}
