import type { ListedSession } from '@deckhand/shared';
import { standingOf } from '@deckhand/shared/ui';
import { useEffect, useState } from 'react';
import { client } from '../client.ts';
import { agentsPath, go, machinePath, replayFilePath, sessionPath, statsPath } from '../router.ts';
import { usePageActions } from './pageActions.ts';

export type Choice = { id: string; label: string; aside: string; run: () => void };

const shownSessions = 12;
const pauseMs = 120;

const pages: readonly Choice[] = [
  { id: 'page-home', label: 'New session', path: '/' },
  { id: 'page-stats', label: 'Statistics', path: statsPath },
  { id: 'page-agents', label: 'Agents', path: agentsPath },
  { id: 'page-machine', label: 'Images and sandboxes', path: machinePath },
  { id: 'page-replay', label: 'Replay a downloaded session', path: replayFilePath },
].map(({ path, ...page }) => ({ ...page, aside: 'Page', run: () => go(path) }));

/** What the palette offers: what fits what is typed, things to do first. */
export function useChoices(search: string): readonly Choice[] {
  const actions = usePageActions();
  const sessions = useFound(search.trim());
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const fits = ({ label }: Choice) => {
    const text = label.toLowerCase();
    return words.every(word => text.includes(word));
  };
  const here = actions.map(({ id, label, run }) => ({ id, label, aside: 'This session', run }));
  const found = sessions.map(session => ({
    id: session.id,
    label: session.title || 'Untitled',
    aside: [session.repo, standingOf(session).word].filter(Boolean).join(' · '),
    run: () => go(sessionPath(session.id)),
  }));
  return [...[...here, ...pages].filter(fits), ...found];
}

function useFound(q: string): readonly ListedSession[] {
  const [found, setFound] = useState<readonly ListedSession[]>([]);
  useEffect(() => {
    let over = false;
    const look = async () => {
      const wanted = q === '' ? { archived: false } : { q };
      const answer = await client.http['session.list']({ ...wanted, limit: shownSessions });
      if (!over && answer.ok) setFound(answer.sessions);
    };
    const timer = setTimeout(() => void look(), q === '' ? 0 : pauseMs);
    return () => {
      over = true;
      clearTimeout(timer);
    };
  }, [q]);
  return found;
}
