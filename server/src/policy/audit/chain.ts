import { createHash } from 'node:crypto';
import { z } from 'zod';

/** A word, an id or a number about an act; never what somebody wrote, and no secret. */
export const About = z.record(z.string(), z.union([z.string().max(300), z.number(), z.boolean()]));
export type About = z.infer<typeof About>;

const pseudonym = z.string().regex(/^[0-9a-f]{32}$/);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

/** One entry of the audit log, as it is kept and hashed. People, sessions and addresses stand in it as pseudonyms (names.ts). */
export const AuditEntry = z.strictObject({
  /** From 1, without gaps. */
  seq: z.number().int().positive(),
  /** Epoch milliseconds, by the clock of the server that wrote it. */
  atMs: z.number(),
  /** Names the act: an `ended` carries the same. */
  id: z.string().max(100),
  /** `begun` is written before the act, `ended` after it; `done` is written in the same step as the act. */
  phase: z.enum(['begun', 'ended', 'done']),
  /** A command's name, or `sign-in`, `push`, `secret.use`, `approval.requested` … */
  act: z.string().max(60),
  /** How it ended: `ok`, or a code of the contract. */
  code: z.string().max(40).optional(),
  who: pseudonym.optional(),
  /** For whom, where a token acts for somebody. */
  for: pseudonym.optional(),
  session: pseudonym.optional(),
  /** `http`, `socket`, `worker` … */
  way: z.string().max(40),
  address: pseudonym.optional(),
  /** Of the token or browser that was used: the first digits of a hash of its hash. */
  token: z.string().max(60).optional(),
  about: About,
  prev: sha256,
  hash: sha256,
});
export type AuditEntry = z.infer<typeof AuditEntry>;
export type AuditDraft = Omit<AuditEntry, 'seq' | 'prev' | 'hash'>;

/** What the chain ends with. Before the first entry: `genesis`. */
export type Head = { seq: number; hash: string };

export const genesis: Head = { seq: 0, hash: '0'.repeat(64) };

/** sha256 of the hash before it and the entry, its keys sorted. */
export function hashOf(prev: string, entry: Omit<AuditEntry, 'hash'>): string {
  return createHash('sha256').update(prev).update('\n').update(canonical(entry)).digest('hex');
}

/** The entry that comes behind a head. */
export function link({ seq, hash }: Head, draft: AuditDraft): AuditEntry {
  const entry = { ...draft, seq: seq + 1, prev: hash };
  return { ...entry, hash: hashOf(hash, entry) };
}

/** JSON with the keys of every object sorted, and nothing that is undefined. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  const sorted = fields.toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `{${sorted.map(([key, field]) => `${JSON.stringify(key)}:${canonical(field)}`).join(',')}}`;
}

/** What is wrong with an entry that should stand behind a head; null where it fits. */
export function faultOf(
  { seq, hash }: Head,
  text: string,
): { entry: AuditEntry | null; fault: string | null } {
  const entry = parseEntry(text);
  if (!entry) return { entry, fault: 'it cannot be read' };
  if (entry.seq !== seq + 1)
    return { entry, fault: `entry ${seq + 1} is missing: ${entry.seq} stands there` };
  if (entry.prev !== hash) return { entry, fault: 'it does not follow from the entry before it' };
  const { hash: claimed, ...rest } = entry;
  return { entry, fault: hashOf(hash, rest) === claimed ? null : 'it was changed' };
}

export function parseEntry(text: string): AuditEntry | null {
  try {
    const parsed = AuditEntry.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}
