import { createHmac, hkdfSync } from 'node:crypto';
import type { Redis } from 'ioredis';
import { z } from 'zod';
import { auditKeys } from './keys.ts';

/** Whom or what a pseudonym means. `of`: the person whose address it is. */
export const Named = z.object({
  kind: z.enum(['person', 'session', 'address']),
  id: z.string(),
  name: z.string().optional(),
  of: z.string().optional(),
});
export type Named = z.infer<typeof Named>;

/** A pseudonym, and what it means. */
export type Named1 = readonly [pseudonym: string, named: Named];

/**
 * People, sessions and addresses stand in entries by a keyed hash, and what it means stands beside the chain: whoever is
 * erased is taken out there, and the chain stays whole.
 */
export class Pseudonyms {
  #key: Buffer;

  constructor(serverSecret: string) {
    this.#key = Buffer.from(hkdfSync('sha256', serverSecret, '', 'deckhand audit names', 32));
  }

  of(kind: Named['kind'], id: string): string {
    return createHmac('sha256', this.#key).update(`${kind} ${id}`).digest('hex').slice(0, 32);
  }

  person(id: string, name?: string): Named1 {
    return [this.of('person', id), { kind: 'person', id, ...(name ? { name } : {}) }];
  }

  session(id: string): Named1 {
    return [this.of('session', id), { kind: 'session', id }];
  }

  /** One for each person, so that it goes with them. */
  address(address: string, of: string | undefined): Named1 {
    return [
      this.of('address', `${of ?? ''} ${address}`),
      { kind: 'address', id: address, ...(of ? { of } : {}) },
    ];
  }
}

/** What pseudonyms mean; those of who was erased are not in it. */
export async function readNames(redis: Redis, pseudonyms: Iterable<string>): Promise<Map<string, Named>> {
  const wanted = [...new Set(pseudonyms)];
  if (wanted.length === 0) return new Map();
  const found = await redis.hmget(auditKeys.names, ...wanted);
  return new Map(
    wanted.flatMap((pseudonym, i) => {
      const text = found[i];
      return text ? [[pseudonym, Named.parse(JSON.parse(text))] as const] : [];
    }),
  );
}

/** Takes out what these mean, and the addresses that they came from. What is gone is passed over. */
export async function forgetNames(redis: Redis, pseudonyms: ReadonlySet<string>): Promise<void> {
  const gone = new Set(pseudonyms);
  let cursor = '0';
  do {
    const [next, fields] = await redis.hscan(auditKeys.names, cursor, 'COUNT', 500);
    for (let i = 0; i < fields.length; i += 2) {
      const { of } = Named.parse(JSON.parse(fields[i + 1] ?? ''));
      if (of !== undefined && pseudonyms.has(of)) gone.add(fields[i] ?? '');
    }
    cursor = next;
  } while (cursor !== '0');
  if (gone.size > 0) await redis.hdel(auditKeys.names, ...gone);
}
