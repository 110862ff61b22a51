import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react';

/** Nearer to the end than this counts as being there. */
const nearPx = 80;

/**
 * Keeps a scroller at its end while the reader is there, and where it is while the reader is not: neither new items
 * below nor older ones above (`from` changes) move what is being read.
 */
export function useStickToEnd(from: number): {
  scroller: RefObject<HTMLDivElement | null>;
  content: RefObject<HTMLDivElement | null>;
  away: boolean;
  toEnd: () => void;
  onScroll: () => void;
} {
  const scroller = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const [away, setAway] = useState(false);
  const stuck = useRef(true);
  const lastTop = useRef(0);
  const anchor = useRef<{ element: Element; top: number } | null>(null);

  const toEnd = useCallback(() => {
    const { current } = scroller;
    if (!current) return;
    stuck.current = true;
    setAway(false);
    current.scrollTop = current.scrollHeight;
  }, []);

  const onScroll = useCallback(() => {
    const { current } = scroller;
    if (!current) return;
    const atEnd = current.scrollHeight - current.scrollTop - current.clientHeight < nearPx;
    // Only a reader goes up; the end may also run away from us, when much comes at once.
    const wentUp = current.scrollTop < lastTop.current;
    lastTop.current = current.scrollTop;
    if (atEnd || wentUp) stuck.current = atEnd;
    setAway(!stuck.current);
    anchor.current = stuck.current ? null : firstVisible(current);
  }, []);

  useEffect(() => {
    const follow = () => {
      if (stuck.current && scroller.current) scroller.current.scrollTop = scroller.current.scrollHeight;
    };
    const observer = new ResizeObserver(follow);
    if (content.current) observer.observe(content.current);
    if (scroller.current) observer.observe(scroller.current);
    return () => observer.disconnect();
  }, []);

  // Browsers hold the place by themselves except at the very top, which is where older pages are asked for.
  // biome-ignore lint/correctness/useExhaustiveDependencies: `from` is what says that items were put before these
  useLayoutEffect(() => {
    const held = anchor.current;
    if (!held?.element.isConnected || !scroller.current) return;
    scroller.current.scrollTop += held.element.getBoundingClientRect().top - held.top;
  }, [from]);

  return { scroller, content, away, toEnd, onScroll };
}

function firstVisible(scroller: HTMLElement): { element: Element; top: number } | null {
  const edge = scroller.getBoundingClientRect().top;
  for (const element of scroller.querySelectorAll('.dh-item')) {
    const box = element.getBoundingClientRect();
    if (box.bottom > edge) return { element, top: box.top };
  }
  return null;
}
