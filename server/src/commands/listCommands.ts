import type { ListedSession, Result, Session } from '@deckhand/shared';
import type { Look } from '../identity/acting.ts';
import type { Identity } from '../identity/identity.ts';
import type { Users } from '../identity/users.ts';
import type { Found } from '../sessions/listing/findSessions.ts';
import { markSeen, readPins, readSeen, setPin } from '../sessions/listing/marks.ts';
import { orgKeys } from '../sessions/store/keys.ts';
import type { Store } from '../sessions/store/store.ts';
import type { Handlers } from './handlers.ts';
import { reading } from './reading.ts';
import type { Visible } from './visible.ts';

export type ListCommandDeps = { store: Store; users: Users; visible: Visible; look: Look };

/** Sessions as one person sees them, and what they noted of them for themselves. */
export function listCommands({
  store,
  users,
  visible,
  look,
}: ListCommandDeps): Pick<Handlers, 'session.list' | 'session.seen' | 'session.pin'> {
  return {
    ...reading<Pick<Handlers, 'session.list'>>(look, {
      async 'session.list'(who, { pinned, waiting, repo: named, ...wanted }) {
        const repo = named === undefined ? undefined : await visible.repo(who, named);
        if (repo && !repo.ok) return repo;
        const [pins, accounts, alsoWaiting] = await Promise.all([
          readPins(store, who.userId),
          users.accountsOf(who.userId),
          waiting === undefined ? [] : askingSessions(store),
        ]);
        const page = await visible.sessions(who, {
          ...wanted,
          reader: [who.userId, ...accounts],
          repo: repo?.repo.id,
          waiting,
          alsoWaiting,
          pinned: pinned === undefined ? undefined : { ids: pins, wanted: pinned },
        });
        if (!page.ok) return page;
        const seen = await readSeen(
          store,
          who.userId,
          page.sessions.map(({ session }) => session.id),
        );
        const sessions = page.sessions.map(({ session, found }) => ({
          ...listed(session, found, seen.get(session.id) ?? null),
          pinned: pins.includes(session.id),
        }));
        return { ok: true, sessions, after: page.after, partial: page.partial };
      },
    }),

    async 'session.seen'(who, { sessionId, seq }) {
      return asSeen(who, sessionId, async last => {
        await markSeen(store, who.userId, sessionId, Math.min(seq ?? last, last));
        return { ok: true };
      });
    },

    async 'session.pin'(who, { sessionId, pinned }) {
      return asSeen(who, sessionId, () => setPin(store, who.userId, { sessionId, pinned }));
    },
  };

  async function asSeen(
    who: Identity,
    sessionId: string,
    note: (last: number) => Promise<Result>,
  ): Promise<Result> {
    const seen = await visible.session(who, sessionId);
    return seen.ok ? note(seen.meta.last) : seen;
  }
}

function listed(session: Session, found: Found, looked: number | null): Omit<ListedSession, 'pinned'> {
  const { activeAtMs, activeSeq, prompted, hit } = found;
  // Of what they neither looked at nor wrote in nothing is news to them.
  const known = looked === null && prompted === null ? null : Math.max(looked ?? 0, prompted ?? 0);
  return {
    ...session,
    activeAt: new Date(activeAtMs).toISOString(),
    unread: known !== null && activeSeq > known,
    ...(hit ? { hit } : {}),
  };
}

/** Sessions in which an approval is asked for, or of whose attempts one may be taken. */
async function askingSessions(store: Store): Promise<string[]> {
  const [asking, comparing] = await Promise.all([
    store.zrange(orgKeys.approvals, '0', '-1'),
    store.smembers(orgKeys.readyAttempts),
  ]);
  return [...new Set([...asking, ...comparing].map(member => member.split(' ', 1)[0] ?? ''))];
}
