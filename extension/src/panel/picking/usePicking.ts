import { useEffect, useState } from 'react';
import type { PageLink } from '../pages/pageLink.ts';

/** Whether people point at the page now. Keys that are pressed in the panel meanwhile are meant for it. */
export function usePicking() {
  const [over, setOver] = useState<{ link: PageLink; many: boolean } | null>(null);
  useEffect(() => {
    if (!over) return;
    const onKey = (event: KeyboardEvent) => {
      if (!/^(Escape|Enter|Arrow(Up|Down|Left|Right)|f)$/i.test(event.key)) return;
      // A letter that somebody writes is no command.
      if (event.key.length === 1 && (event.target as Element).closest('input, textarea')) return;
      event.preventDefault();
      event.stopPropagation();
      over.link.send({ type: 'key', key: event.key });
    };
    addEventListener('keydown', onKey, true);
    return () => removeEventListener('keydown', onKey, true);
  }, [over]);
  return {
    active: over !== null,
    begin(link: PageLink, many: boolean, options: { fields: boolean; redactSelectors: readonly string[] }) {
      link.send({ type: 'start', many, options });
      setOver({ link, many });
    },
    picked() {
      setOver(before => (before?.many ? before : null));
    },
    ended: () => setOver(null),
    stop() {
      over?.link.send({ type: 'stop' });
      setOver(null);
    },
  };
}
