import type { Authority } from '@deckhand/sandbox/egress/authority';
import { z } from 'zod';
import { createCipher } from '../../platform/cipher.ts';
import { compareAndSet } from '../../platform/compareAndSet.ts';
import type { Store } from '../../sessions/store/store.ts';

const key = 'dh:egress:authority';
const Sealed = z.object({ certificate: z.string(), key: z.string() });

/**
 * The authority by which the egress proxies of a deployment open TLS: made once, the same for every server, its key kept
 * encrypted. One that was sealed under another secret is made anew: what trusted it lives in memory of sandboxes only.
 */
export function egressAuthority(
  store: Store,
  { secret, deployment }: { secret: string; deployment: string },
): () => Promise<Authority> {
  const cipher = createCipher(secret, 'deckhand egress authority');
  const bound = [deployment];
  const read = async (): Promise<Authority | null> => {
    const kept = await store.hget(key, 'sealed');
    const opened = kept === null ? null : cipher.open(kept, bound);
    return opened === null ? null : Sealed.parse(JSON.parse(opened));
  };
  let known: Promise<Authority> | undefined;
  const find = async (): Promise<Authority> => {
    const before = await read();
    if (before) return before;
    // Once in a deployment's life; its 270 modules would be an eighth of every start.
    const { createAuthority } = await import('@deckhand/sandbox/egress/authority');
    const made = await createAuthority(deployment);
    const expected = (await store.hget(key, 'sealed')) ?? '';
    // Of several servers that make one at once the first counts.
    const next = cipher.seal(JSON.stringify(made), bound);
    if (await compareAndSet(store, { key, field: 'sealed', expected, next })) return made;
    return (await read()) ?? made;
  };
  return () => {
    known ??= find();
    known.catch(() => {
      known = undefined;
    });
    return known;
  };
}
