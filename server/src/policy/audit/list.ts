import type { AuditAct, AuditQuery } from '@deckhand/shared';
import type { Redis } from 'ioredis';
import type { Blobs } from '../../platform/blobs.ts';
import type { AuditEntry } from './chain.ts';
import { type Named, type Pseudonyms, readNames } from './names.ts';
import { entriesBefore } from './read.ts';

/** An act may take long; its end is looked for so far behind a page. */
const lookAheadCount = 1_000;
/** One question reads no more than this; the page may be short then. */
const mostRead = 20_000;

/** Acts, newest first, each once: with its end where that is known. */
export async function listActs(
  { redis, blobs, names }: { redis: Redis; blobs: Blobs; names: Pseudonyms },
  query: AuditQuery,
): Promise<{ acts: AuditAct[]; before: number | null }> {
  const { limit, before = Number.MAX_SAFE_INTEGER } = query;
  const isWanted = matching(names, query);
  const ends = new Map<string, AuditEntry>();
  const found: { entry: AuditEntry; end: AuditEntry | undefined }[] = [];
  let read = 0;
  let last: number | null = null;
  const from = Math.min(before + lookAheadCount, Number.MAX_SAFE_INTEGER);
  const sinceMs = query.since === undefined ? 0 : Date.parse(query.since);
  for await (const entry of entriesBefore(redis, blobs, from)) {
    if (entry.phase === 'ended') ends.set(entry.id, entry);
    if (entry.seq >= before) continue;
    last = entry.seq;
    read += 1;
    if (entry.atMs < sinceMs) {
      last = null;
      break;
    }
    const end = ends.get(entry.id);
    if (entry.phase !== 'ended' && isWanted(entry, end)) found.push({ entry, end });
    if (found.length >= limit || read >= mostRead) break;
  }
  const meanings = await readNames(
    redis,
    found.flatMap(({ entry, end }) => pseudonymsOf(entry, end)),
  );
  const isMore = last !== null && last > 1 && (found.length >= limit || read >= mostRead);
  return { acts: found.map(one => shown(one, meanings)), before: isMore ? last : null };
}

function matching(names: Pseudonyms, query: AuditQuery) {
  const { act, who, sessionId, outcome } = query;
  const untilMs = query.until === undefined ? Number.POSITIVE_INFINITY : Date.parse(query.until);
  const person = who === undefined ? null : names.of('person', who);
  const session = sessionId === undefined ? null : names.of('session', sessionId);
  return (entry: AuditEntry, end: AuditEntry | undefined): boolean => {
    const code = (end ?? entry).code;
    if (entry.atMs >= untilMs) return false;
    if (act !== undefined && entry.act !== act && !entry.act.startsWith(`${act}.`)) return false;
    if (person !== null && entry.who !== person && entry.for !== person) return false;
    if (session !== null && entry.session !== session && end?.session !== session) return false;
    if (outcome === 'ok') return code === 'ok';
    if (outcome === 'refused') return code !== undefined && code !== 'ok';
    return true;
  };
}

const pseudonymsOf = (entry: AuditEntry, end: AuditEntry | undefined) =>
  [entry.who, entry.for, entry.session, end?.session, entry.address].filter(name => name !== undefined);

function shown(
  { entry, end }: { entry: AuditEntry; end: AuditEntry | undefined },
  meanings: ReadonlyMap<string, Named>,
): AuditAct {
  const meant = (pseudonym: string | undefined) => {
    if (pseudonym === undefined) return undefined;
    const named = meanings.get(pseudonym);
    return { pseudonym, ...(named ? { id: named.id } : {}), ...(named?.name ? { name: named.name } : {}) };
  };
  const { phase, code, seq, atMs, act, way, token, hash } = entry;
  return {
    seq,
    at: new Date(atMs).toISOString(),
    act,
    // Between its two entries an act is under way, or its server died.
    outcome: (end ?? entry).code ?? (phase === 'begun' ? null : (code ?? 'ok')),
    who: meant(entry.who),
    for: meant(entry.for),
    session: meant(entry.session ?? end?.session),
    way,
    address: meant(entry.address),
    token,
    about: { ...entry.about, ...end?.about },
    hash,
  };
}
