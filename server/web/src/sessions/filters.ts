import type { CommandInput } from '@deckhand/shared';
import { useState } from 'react';

/** What a list shows. */
export const tabs = [
  { id: 'team', label: 'Team' },
  { id: 'mine', label: 'Mine' },
  { id: 'running', label: 'Running' },
  { id: 'waiting', label: 'Waiting for me' },
  { id: 'archived', label: 'Archived' },
] as const;
export type Tab = (typeof tabs)[number]['id'];

export type Filters = { tab: Tab; repo: string; search: string };
export type Asked = Pick<
  CommandInput<'session.list'>,
  'q' | 'mine' | 'waiting' | 'archived' | 'state' | 'repo'
>;

const narrowedTo: Record<Tab, Asked> = {
  team: { archived: false },
  mine: { mine: true, archived: false },
  running: { state: 'running' },
  waiting: { mine: true, waiting: true, archived: false },
  archived: { archived: true },
};

/** What is searched for is found among archived sessions as well. */
export function askedBy({ tab, repo, search }: Filters): Asked {
  const { archived, ...rest } = narrowedTo[tab];
  const q = search.trim();
  return {
    ...rest,
    ...(q === '' || archived ? { archived } : {}),
    ...(q === '' ? {} : { q }),
    ...(repo === '' ? {} : { repo }),
  };
}

const tabKey = 'deckhand.tab';
const isTab = (text: string | null): text is Tab => tabs.some(({ id }) => id === text);

const kept = (): Tab => {
  try {
    const tab = localStorage.getItem(tabKey);
    return isTab(tab) ? tab : 'team';
  } catch {
    return 'team'; // storage may be forbidden; then each page begins with all
  }
};

/** The tab is the same wherever the list stands, also after a reload. */
export function useFilters(): [Filters, (change: Partial<Filters>) => void] {
  const [filters, setFilters] = useState<Filters>(() => ({ tab: kept(), repo: '', search: '' }));
  const change = (changed: Partial<Filters>) => {
    setFilters(before => ({ ...before, ...changed }));
    try {
      if (changed.tab) localStorage.setItem(tabKey, changed.tab);
    } catch {
      // As above.
    }
  };
  return [filters, change];
}
