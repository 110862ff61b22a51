import { useEffect } from 'react';

/** The tab's title. */
export function useTitle(title: string): void {
  useEffect(() => {
    document.title = title === 'Deckhand' ? title : `${title} · Deckhand`;
  }, [title]);
}
