import { EgressLine, type EgressNoted } from '@deckhand/shared';
import { readList } from './archive/hotOrCold.ts';
import { systemActor } from './run/turnWriter.ts';
import { commit, type EventDraft, type Op } from './store/commit.ts';
import { part, sessionKey } from './store/keys.ts';
import type { Store } from './store/store.ts';
import { checksOf } from './transitions.ts';

/** Hosts that a session's log tells one by one; a flood of others is one more. */
const mostHosts = 60;
const mostLines = 5_000;
const attempts = 5;
const others = '*';

export type Heard = EgressNoted & { sandboxId: string; atMs: number };

/**
 * Writes down what a sandbox reached or was kept from: each in the egress log, and in the session's the first of its
 * kind and every tenfold. `told`: whether its allowed ones are told there, too.
 */
export async function noteEgress(
  store: Store,
  sessionId: string,
  heard: readonly Heard[],
  told: { allowed: boolean },
): Promise<void> {
  for (const each of heard) await noteOne(store, sessionId, each, told);
}

async function noteOne(
  store: Store,
  sessionId: string,
  heard: Heard,
  told: { allowed: boolean },
): Promise<void> {
  const { sandboxId, atMs, ...noted } = heard;
  const line: EgressLine = { ...noted, at: new Date(atMs).toISOString(), sandboxId };
  const log: Op[] = [
    ['RPUSH', part.egressLog, JSON.stringify(line)],
    ['LTRIM', part.egressLog, -mostLines, -1],
  ];
  const key = sessionKey(sessionId, part.egress);
  for (let attempt = 0; attempt < attempts; attempt++) {
    const own = fieldOf(noted);
    const known = await store.hget(key, own);
    const isFull = known === null && (await store.hlen(key)) >= mostHosts;
    const { outcome } = noted;
    const shown: EgressNoted = isFull ? { host: others, port: 0, outcome, count: noted.count } : noted;
    const field = isFull ? fieldOf(shown) : own;
    const before = isFull ? await store.hget(key, field) : known;
    const counted = Number(before ?? 0);
    const count = counted + noted.count;
    const isTold = outcome === 'refused' || told.allowed;
    const event: EventDraft = { type: 'egress.noted', actor: systemActor, data: { ...shown, count } };
    const done = await commit(store, sessionId, {
      checks: [...checksOf('egress.noted'), ['field', part.egress, field, before ?? false]],
      ops: [['HSET', part.egress, field, String(count)], ...log],
      events: isTold && digits(count) > (counted === 0 ? 0 : digits(counted)) ? [event] : [],
    });
    // Archived or gone: nobody is told any more.
    if (done.ok || done.failed[0] !== 'field') return;
  }
}

const fieldOf = ({ host, port, outcome }: EgressNoted) => `${host}|${port}|${outcome}`;
const digits = (count: number) => String(count).length;

/** All that is kept of it, oldest first. */
export async function egressLines(store: Store, sessionId: string): Promise<EgressLine[]> {
  const lines = await readList(store, sessionId, part.egressLog);
  return lines.flatMap(line => EgressLine.safeParse(JSON.parse(line)).data ?? []);
}
