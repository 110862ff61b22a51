import type { Need, Result, Session } from '@deckhand/shared';
import { byUrgency, needsOf } from '@deckhand/shared/view';
import type { Look } from '../identity/acting.ts';
import { headAt } from '../sessions/log/headsAt.ts';
import { orgKeys } from '../sessions/store/keys.ts';
import type { Store } from '../sessions/store/store.ts';
import type { Handlers } from './handlers.ts';
import { reading } from './reading.ts';
import type { SeenPage, Visible } from './visible.ts';

export type NeedsCommandDeps = { store: Store; visible: Visible; look: Look };

/** As far back as it looks: who has not answered for that long is told by the session itself. */
const sessionsBack = 400;
const pageSize = 100;

/** What waits for people, over all sessions. */
export function needsCommands({ store, visible, look }: NeedsCommandDeps): Pick<Handlers, 'need.list'> {
  return reading<Pick<Handlers, 'need.list'>>(look, {
    async 'need.list'(who) {
      const sessions = await newest(page => visible.sessions(who, page));
      if (!sessions.ok) return sessions;
      // Most sessions need nobody: their logs are not looked into.
      const [asking, changing, comparing] = await Promise.all([
        store.zrange(orgKeys.approvals, '0', '-1'),
        store.zrange(orgKeys.liveChanges, '0', '-1'),
        store.smembers(orgKeys.readyAttempts),
      ]);
      const named = new Set([...asking, ...changing, ...comparing].map(member => member.split(' ', 1)[0]));
      const candidates = sessions.found.filter(
        ({ id, state, waitsForChildren, waitsForPlan }) =>
          named.has(id) || waitsForPlan || (state === 'waiting' && !waitsForChildren),
      );
      const needs: Need[] = [];
      for (const session of candidates)
        needs.push(...needsOf(session, await headAt(store, session.id, session.last)));
      return { ok: true, needs: needs.toSorted(byUrgency) };
    },
  });
}

async function newest(
  ask: (page: { after?: string | undefined; limit: number }) => Promise<Result<SeenPage>>,
): Promise<Result<{ found: Session[] }>> {
  const found: Session[] = [];
  let after: string | null | undefined;
  while (after !== null && found.length < sessionsBack) {
    const page: Result<SeenPage> = await ask({ ...(after ? { after } : {}), limit: pageSize });
    if (!page.ok) return page;
    found.push(...page.sessions.map(({ session }) => session));
    after = page.after;
  }
  return { ok: true, found };
}
