import { script } from '../../platform/script.ts';
import type { AuditNote } from '../../sessions/store/auditNotes.ts';
import { orgKeys, part, sessionKey } from '../../sessions/store/keys.ts';
import type { Store } from '../../sessions/store/store.ts';
import type { AuditDraft } from './chain.ts';
import { auditKeys } from './keys.ts';
import type { Named1 } from './names.ts';
import type { AuditRecorder } from './recorder.ts';

/** KEYS[1] index; ARGV session, the score that was seen. */
const forgetScript = script('dhAuditForget', {
  keys: 1,
  lua: `
if tonumber(redis.call('ZSCORE', KEYS[1], ARGV[1]) or '') ~= tonumber(ARGV[2]) then return 0 end
return redis.call('ZREM', KEYS[1], ARGV[1])
`,
});

/** A session is indexed before it writes: one that has nothing after so long died in between. */
const indexedMs = 60_000;

/** Takes what sessions noted into the log, each note once, whoever dies in between. */
export async function takeOutboxes(store: Store, recorder: AuditRecorder): Promise<void> {
  const waiting = await store.zrange(orgKeys.audits, '0', '199', 'WITHSCORES');
  for (let i = 0; i < waiting.length; i += 2)
    await takeOutbox(store, recorder, { sessionId: waiting[i] ?? '', indexedAtMs: Number(waiting[i + 1]) });
}

async function takeOutbox(
  store: Store,
  recorder: AuditRecorder,
  { sessionId, indexedAtMs }: { sessionId: string; indexedAtMs: number },
): Promise<void> {
  const key = sessionKey(sessionId, part.audits);
  const seen = (await store.hget(auditKeys.taken, sessionId)) ?? '';
  const notes = (await store.lrange(key, 0, 99)).map(text => JSON.parse(text) as AuditNote);
  if (notes.length === 0) {
    if (Date.now() - indexedAtMs > indexedMs) await forget(store, sessionId, indexedAtMs);
    return;
  }
  // Those that are in the log already, their list not shortened yet.
  const known = notes.findIndex(({ id }) => id === seen) + 1;
  const fresh = notes.slice(known);
  const last = fresh.at(-1);
  if (last) {
    const drafts: AuditDraft[] = [];
    const names: Named1[] = [];
    for (const note of fresh) {
      const made = recorder.entryOf(actOf(note, sessionId), { ...note, phase: 'done', code: 'ok' });
      drafts.push(made.draft);
      names.push(...made.names);
    }
    if (!(await recorder.log.appendFrom({ sessionId, seen, next: last.id }, drafts, names))) return;
  }
  // One by one, from the front, as long as it is what was taken: another server may do the same.
  for (const note of notes) await dropFirst(store, key, JSON.stringify(note));
  if ((await store.llen(key)) === 0) await forget(store, sessionId, indexedAtMs);
}

const dropFirst = (store: Store, key: string, text: string) => store.lrem(key, 1, text);

/** Unless it was indexed anew meanwhile. */
async function forget(store: Store, sessionId: string, indexedAtMs: number): Promise<void> {
  await forgetScript(store, orgKeys.audits, sessionId, indexedAtMs);
}

function actOf({ act, actor, about }: AuditNote, sessionId: string) {
  const { userId, name, kind, via } = actor;
  return {
    act,
    sessionId,
    who: userId ? { userId, ...(name ? { name } : {}) } : undefined,
    from: { way: via ?? kind },
    about,
  };
}
