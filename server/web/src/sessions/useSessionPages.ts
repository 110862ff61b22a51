import type { ListedSession } from '@deckhand/shared';
import { useCallback, useEffect, useState } from 'react';
import { client } from '../client.ts';
import { type Polled, usePolled } from '../usePolled.ts';
import type { Asked } from './filters.ts';

const pageSize = 50;
const mostPinned = 100;
const everyMs = 4000;
/** Whoever types is not asked for at each letter. */
const pauseMs = 150;

export type Listed = {
  pinned: ListedSession[];
  sessions: ListedSession[];
  after: string | null;
  partial: boolean;
};
export type SessionPages = Polled<Listed> & {
  showMore: () => void;
  /** What is shown answers what was asked before. */
  pending: boolean;
};

/** The sessions that fit, newest activity first, as many pages as were asked for, kept up to date; pinned ones apart. */
export function useSessionPages(asked: Asked): SessionPages {
  const wanted = useSettled(JSON.stringify(asked));
  const [more, setMore] = useState({ wanted, pages: 1 });
  const pages = more.wanted === wanted ? more.pages : 1;
  const ask = useCallback(async () => {
    const answer = await readPages(JSON.parse(wanted) as Asked, pages);
    return answer.ok ? { ...answer, wanted } : answer;
  }, [wanted, pages]);
  const polled = usePolled(ask, () => everyMs);
  return {
    ...polled,
    pending: polled.value?.wanted !== JSON.stringify(asked) && !polled.failure,
    showMore: useCallback(() => setMore({ wanted, pages: pages + 1 }), [wanted, pages]),
  };
}

function useSettled(value: string): string {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), pauseMs);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}

async function readPages(asked: Asked, pages: number) {
  const pinned = await client.http['session.list']({ ...asked, pinned: true, limit: mostPinned });
  if (!pinned.ok) return pinned;
  const sessions: ListedSession[] = [];
  let after: string | null = null;
  let { partial } = pinned;
  for (let page = 0; page < pages; page++) {
    const place = after ? { after } : {};
    const answer = await client.http['session.list']({ ...asked, pinned: false, limit: pageSize, ...place });
    if (!answer.ok) return answer;
    sessions.push(...answer.sessions);
    ({ after } = answer);
    partial ||= answer.partial;
    if (!after) break;
  }
  return { ok: true as const, pinned: pinned.sessions, sessions, after, partial };
}
