import type { Session } from '@deckhand/shared';
import type { Client } from '@deckhand/shared/client';
import { useEffect, useState } from 'react';
import { sessionsOf } from './pages/sessionsOfPage.ts';

const everyMs = 5000;
const shown = 8;

type Of = { url: string | null; repo: string | null; userId: string | null };

/** Sessions of this page (begun here, or of its repository), and mine besides; `trouble` while nobody tells. */
export function useSessions(client: Client, { url, repo, userId }: Of) {
  const [all, setAll] = useState<readonly Session[]>([]);
  const [begunHere, setBegunHere] = useState<readonly string[]>([]);
  const [trouble, setTrouble] = useState<string | null>(null);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let over = false;
    const ask = async () => {
      const [answer, here] = await Promise.all([
        client.http['session.list']({ limit: 100 }),
        url ? sessionsOf(url) : [],
      ]);
      if (over) return;
      if (answer.ok) setAll(answer.sessions.filter(({ state }) => state !== 'archived'));
      setTrouble(answer.ok ? null : answer.message);
      setBegunHere(here);
      timer = setTimeout(() => void ask(), everyMs);
    };
    void ask();
    return () => {
      over = true;
      clearTimeout(timer);
    };
  }, [client, url]);
  const isHere = (session: Session) =>
    begunHere.includes(session.id) ||
    (repo !== null && session.repo === repo && session.origin === 'extension');
  const here = all.filter(isHere).slice(0, shown);
  const mine = all
    .filter(session => !here.includes(session) && session.authors.some(author => author.userId === userId))
    .slice(0, shown);
  return { here, mine, trouble };
}
