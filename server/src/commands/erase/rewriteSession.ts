import { type Envelope, knownEvent, limits } from '@deckhand/shared';
import { attachmentBlob, dropAttachment } from '../../sessions/retention/attachmentHolds.ts';
import { artifactBlob, part, sessionKey, sessionPrefix } from '../../sessions/store/keys.ts';
import type { Store } from '../../sessions/store/store.ts';
import { removeBoth } from './eraseSession.ts';
import { keysOf } from './sweepRedis.ts';

/** Somebody who is erased from what others wrote with them. */
export type Gone = {
  /** Ids of theirs, here and elsewhere. */
  ids: readonly string[];
  /** Names that stand in texts: name, login. */
  names: readonly string[];
  /** What stands there then. */
  alias: { userId: string; name: string };
};

const erased = '(erased)';
/** Shorter words of theirs are taken out where they stand as theirs, and not looked for elsewhere: others say yes, too. */
const leastChars = 8;

/**
 * Takes one person out of a session that others wrote in, too: their words go, and their name and ids become an alias. Its
 * log keeps its numbers. The caller holds the session's lease; done twice it changes nothing.
 */
export async function rewriteSession(store: Store, sessionId: string, gone: Gone): Promise<void> {
  const rewrite = new Rewrite(gone);
  await rewriteLog(store, sessionId, rewrite);
  for await (const key of keysOf(store, `${sessionPrefix(sessionId)}*`)) {
    const name = key.slice(sessionPrefix(sessionId).length);
    if (name === part.log || name === part.lease) continue;
    await rewriteKey(store, key, rewrite);
  }
  // Folded anew from the log.
  await store.del(sessionKey(sessionId, part.heads));
  for (const id of rewrite.attachments)
    if (await dropAttachment(store, id, sessionId)) await removeBoth(store, attachmentBlob(id));
  for (const id of rewrite.artifacts) await removeBoth(store, artifactBlob(id));
}

async function rewriteLog(store: Store, sessionId: string, rewrite: Rewrite): Promise<void> {
  const key = sessionKey(sessionId, part.log);
  const entries = await store.xrange(key, '-', '+');
  // All that they wrote is known before the first text is looked through for it.
  for (const [, [, , , text = '']] of entries) rewrite.learn(text);
  const changed = entries.map(([id, [at, ms, e, text = '']]) => ({
    id,
    fields: [at ?? 'at', ms ?? '', e ?? 'e', rewrite.event(text)],
  }));
  const write = store.multi().del(key);
  for (const { id, fields } of changed) write.xadd(key, id, ...fields);
  await write.exec();
}

async function rewriteKey(store: Store, key: string, rewrite: Rewrite): Promise<void> {
  switch (await store.type(key)) {
    case 'string':
      await store.set(key, rewrite.text((await store.get(key)) ?? ''), 'KEEPTTL');
      return;
    case 'hash':
      for (const [field, value] of Object.entries(await store.hgetall(key))) {
        const [name, next] = [rewrite.text(field), rewrite.text(value)];
        if (name === field && next === value) continue;
        await store.multi().hdel(key, field).hset(key, name, next).exec();
      }
      return;
    case 'list':
      for (const [i, value] of (await store.lrange(key, 0, -1)).entries()) {
        const next = rewrite.text(value);
        if (next !== value) await store.lset(key, i, next);
      }
  }
}

/** What becomes of texts. */
class Rewrite {
  readonly attachments = new Set<string>();
  readonly artifacts = new Set<string>();
  #gone: Gone;
  #names: RegExp | null;
  /** What they wrote, and the first lines of it, which titles are made of; longest first. */
  #written: string[] = [];

  constructor(gone: Gone) {
    this.#gone = gone;
    const names = gone.names.filter(name => name.length > 2).toSorted((a, b) => b.length - a.length);
    const escaped = names.map(name => name.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
    this.#names = escaped.length > 0 ? new RegExp(escaped.join('|'), 'gi') : null;
  }

  /** An event of the log, before any is changed. */
  learn(text: string): void {
    const event = JSON.parse(text) as Envelope;
    const known = knownEvent({ ...event, seq: 1, at: new Date(0).toISOString() });
    if (
      known?.type !== 'prompt.queued' &&
      known?.type !== 'prompt.edited' &&
      known?.type !== 'session.titled'
    )
      return;
    if (!this.#isTheirs('author' in known.data ? known.data.author.userId : event.actor.userId)) return;
    const written = ('title' in known.data ? known.data.title : known.data.text).trim();
    const line = written.split('\n')[0]?.slice(0, limits.titleChars) ?? '';
    const fresh = [written, line].filter(each => each.length >= leastChars && each !== erased);
    this.#written = [...new Set([...this.#written, ...fresh])].toSorted((a, b) => b.length - a.length);
  }

  /** An event of the log. */
  event(text: string): string {
    const event = JSON.parse(text) as Envelope;
    const known = knownEvent({ ...event, seq: 1, at: new Date(0).toISOString() });
    const isTheirs = this.#isTheirs(event.actor.userId);
    const data = { ...(event.data as Record<string, unknown>) };
    if (known?.type === 'prompt.queued' && this.#isTheirs(known.data.author.userId)) {
      for (const { attachmentId } of known.data.attachments) this.attachments.add(attachmentId);
      if (known.data.artifactId) this.artifacts.add(known.data.artifactId);
      Object.assign(data, { text: erased, attachments: [], artifactId: undefined });
    } else if (isTheirs) {
      for (const field of ['text', 'title', 'action'])
        if (typeof data[field] === 'string') data[field] = erased;
    }
    return JSON.stringify(this.#deep({ ...event, data }));
  }

  /** Anything else that is kept: JSON, or a text by itself. */
  text(text: string): string {
    if (!/^[[{"]/.test(text)) return this.#string(text);
    try {
      return JSON.stringify(this.#deep(JSON.parse(text)));
    } catch {
      return this.#string(text);
    }
  }

  #deep(value: unknown): unknown {
    if (typeof value === 'string') return this.#string(value);
    if (Array.isArray(value)) return value.map(each => this.#deep(each));
    if (typeof value !== 'object' || value === null) return value;
    const fields = value as Record<string, unknown>;
    // Somebody: an author, an actor, a prompt's.
    const who = { ...fields, ...(this.#isTheirs(fields.userId) ? this.#gone.alias : {}) };
    const author = fields.author as { userId?: unknown } | undefined;
    const own = this.#isTheirs(author?.userId) && 'text' in fields ? { text: erased } : {};
    return Object.fromEntries(
      Object.entries({ ...who, ...own }).map(([key, each]) => [this.#string(key), this.#deep(each)]),
    );
  }

  #string(text: string): string {
    const { ids, names, alias } = this.#gone;
    // What the model read of a prompt of theirs.
    if (names.some(name => text.startsWith(`${name}: `))) return `${alias.name}: ${erased}`;
    let next = text;
    for (const id of ids) next = next.replaceAll(id, alias.userId);
    for (const written of this.#written) next = next.replaceAll(written, erased);
    return this.#names ? next.replaceAll(this.#names, alias.name) : next;
  }

  #isTheirs(userId: unknown): boolean {
    return typeof userId === 'string' && this.#gone.ids.includes(userId);
  }
}
