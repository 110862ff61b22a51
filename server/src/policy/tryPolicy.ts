import {
  type Author,
  type Grant,
  knownEvent,
  type Role,
  type SessionEvent,
  startOf,
  type TriedCall,
} from '@deckhand/shared';
import { repositoryGrants } from '../sessions/grantRecords.ts';
import { readAll } from '../sessions/log/log.ts';
import { readCallInputs } from '../sessions/run/callInputs.ts';
import type { Store } from '../sessions/store/store.ts';
import { decide } from './decide.ts';
import { type AskedCall, deedOf } from './deedOf.ts';
import { countingFor } from './grants.ts';
import type { Layer } from './policy.ts';
import type { PolicyLayers } from './policyLayers.ts';
import { untrustedSource } from './provenance.ts';

export type TryDeps = {
  store: Store;
  layers: PolicyLayers;
  roleOf: (userId: string) => Promise<Role>;
};
export type Tried = {
  sessions: number;
  calls: number;
  asked: number;
  refused: number;
  /** Of which only the beginning is kept: judged by that. */
  clipped: number;
  found: TriedCall[];
};

const mostFound = 200;
const shownChars = 300;

/**
 * What another organisation's policy would have made of the calls of these sessions, as the model wrote them, by who
 * their authors are now and with the grants that counted then. Calls that it allows are counted alone. Not known is a
 * repository's grant that another session gave and that was withdrawn since.
 */
export async function tryPolicy(
  { store, layers, roleOf }: TryDeps,
  organisation: Layer,
  sessions: readonly { id: string; repo: string | null; orgId: string }[],
): Promise<Tried> {
  const tried: Tried = { sessions: 0, calls: 0, asked: 0, refused: 0, clipped: 0, found: [] };
  for (const { id, repo, orgId } of sessions) {
    tried.sessions += 1;
    const [now, ...narrower] = await layers.of(repo);
    const [whole, repositorys] = await Promise.all([
      readCallInputs(store, id),
      repo ? repositoryGrants(store, orgId, repo) : [],
    ]);
    const turn = new PastTurn(repositorys);
    for await (const envelope of readAll(store, id)) {
      const event = knownEvent(envelope);
      const asked = event && turn.after(event);
      if (!event || !asked) continue;
      tried.calls += 1;
      const call = { ...asked, ...(whole.has(asked.callId) ? { input: whole.get(asked.callId) } : {}) };
      if (event.type === 'tool.started' && !whole.has(asked.callId) && isClipped(asked.input))
        tried.clipped += 1;
      const deed = deedOf(call, { untrusted: turn.untrusted });
      const grants = turn.grantsAt(event.at);
      const speakers = await Promise.all(
        turn.authors.map(async ({ userId }) => ({ userId, role: await roleOf(userId) })),
      );
      const by = (first: Layer | undefined) =>
        decide(deed, { layers: first ? [first, ...narrower] : narrower, speakers, repo, grants });
      const would = by(organisation);
      if (would.do === 'allow') continue;
      if (would.do === 'ask') tried.asked += 1;
      else tried.refused += 1;
      if (tried.found.length >= mostFound) continue;
      tried.found.push({
        ...{ sessionId: id, seq: event.seq, tool: deed.tool, action: startOf(deed.action, shownChars) },
        author: turn.authors.map(({ name }) => name).join(', '),
        ...{ would: would.do, why: would.why, now: by(now).do },
        ...(would.do === 'ask' ? { who: would.who } : {}),
        ...(deed.risk ? { risk: deed.risk } : {}),
      });
    }
  }
  return tried;
}

/** As `toolStarted` writes down what is long. */
const isClipped = (input: unknown): boolean => /… \d+ more characters/.test(JSON.stringify(input ?? null));

/** A turn as its events tell of it. */
class PastTurn {
  authors: Author[] = [];
  untrusted: string[] = [];
  #wrote = new Map<string, Author>();
  /** Calls whose results nobody here wrote, and where those are from. */
  #reads = new Map<string, string>();
  /** Given by then, and not withdrawn. */
  #grants: Map<string, Grant>;

  /** `repositorys`: those that count on its repository now. */
  constructor(repositorys: readonly Grant[]) {
    this.#grants = new Map(repositorys.map(grant => [grant.grantId, grant]));
  }

  /** Those that counted for the turn at this time. */
  grantsAt(at: string): Grant[] {
    const counted = [...this.#grants.values()].filter(
      grant => grant.at <= at && (grant.expiresAt === undefined || grant.expiresAt > at),
    );
    return countingFor(counted, this.authors);
  }

  /** The call that an event is of, where it is of one. */
  after(event: SessionEvent): (AskedCall & { callId: string }) | null {
    switch (event.type) {
      case 'prompt.queued':
        this.#wrote.set(event.data.promptId, event.data.author);
        return null;
      case 'turn.started':
        this.authors = [];
        this.untrusted = [];
        this.#join(event.data.promptIds);
        return null;
      case 'turn.steered':
        this.#join(event.data.promptIds);
        return null;
      case 'tool.started': {
        const { tool, input } = event.data;
        const source = untrustedSource({ tool, input });
        if (source) this.#reads.set(event.data.callId, source);
        return { tool, input, callId: event.data.callId };
      }
      case 'tool.finished': {
        const source = this.#reads.get(event.data.callId);
        if (source && !this.untrusted.includes(source)) this.untrusted.push(source);
        return null;
      }
      case 'grant.given':
        this.#grants.set(event.data.grantId, event.data);
        return null;
      case 'grant.withdrawn':
        this.#grants.delete(event.data.grantId);
        return null;
      // Of a push the log has only what became of it.
      case 'change.opened':
        return { tool: 'push', input: { branch: event.data.branch, opens: true }, callId: '' };
      default:
        return null;
    }
  }

  #join(promptIds: readonly string[]): void {
    for (const author of promptIds.flatMap(id => this.#wrote.get(id) ?? []))
      if (!this.authors.some(({ userId }) => userId === author.userId)) this.authors.push(author);
  }
}
