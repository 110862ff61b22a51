import type { Session } from '@deckhand/shared';
import { useCallback, useState } from 'react';
import { client } from './client.ts';
import { type Polled, usePolled } from './usePolled.ts';

const pageSize = 50;
const everyMs = 4000;

type Listed = { sessions: Session[]; after: string | null };
export type SessionPages = Polled<Listed> & { showMore: () => void };

/** All sessions, newest first, as many pages as were asked for, kept up to date. */
export function useSessionPages(): SessionPages {
  const [pages, setPages] = useState(1);
  const ask = useCallback(() => readPages(pages), [pages]);
  const polled = usePolled(ask, () => everyMs);
  return { ...polled, showMore: useCallback(() => setPages(n => n + 1), []) };
}

async function readPages(pages: number) {
  const sessions: Session[] = [];
  let after: string | null = null;
  for (let page = 0; page < pages; page++) {
    const answer = await client.http['session.list']({ limit: pageSize, ...(after ? { after } : {}) });
    if (!answer.ok) return answer;
    sessions.push(...answer.sessions);
    after = answer.after;
    if (!after) break;
  }
  return { ok: true as const, sessions, after };
}
