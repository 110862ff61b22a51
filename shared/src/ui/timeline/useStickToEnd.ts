import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react';

/** Nearer to the end than this counts as being there. */
const nearPx = 80;

/**
 * Keeps a scroller at its end while the reader is there, and where it is while the reader is not: neither new items
 * below nor older ones above (`from` changes) move what is being read. Who opens something reads that: its line stays
 * under the pointer, whatever the opening brings.
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
  const opener = useRef<Element | null>(null);

  const toEnd = useCallback(() => {
    const { current } = scroller;
    if (!current) return;
    stuck.current = true;
    opener.current = null;
    setAway(false);
    current.scrollTop = current.scrollHeight;
  }, []);

  const onScroll = useCallback(() => {
    const { current } = scroller;
    if (!current) return;
    const atEnd = isNearEnd(current);
    // Only a reader goes up; the end may also run away from us, when much comes at once.
    const wentUp = current.scrollTop < lastTop.current;
    lastTop.current = current.scrollTop;
    if (atEnd || wentUp) stuck.current = atEnd;
    setAway(!stuck.current || (isOpen(opener.current) && !atEnd));
    anchor.current = stuck.current ? null : firstVisible(current);
  }, []);

  useEffect(() => {
    const box = scroller.current;
    if (!box) return;
    const follow = () => {
      if (isOpen(opener.current)) return setAway(!isNearEnd(box));
      if (!stuck.current) return;
      box.scrollTop = box.scrollHeight;
      setAway(false);
    };
    const opens = ({ target }: MouseEvent) => {
      const pressed = target instanceof Element ? target.closest('[aria-expanded]') : null;
      if (pressed) opener.current = pressed;
    };
    const observer = new ResizeObserver(follow);
    if (content.current) observer.observe(content.current);
    observer.observe(box);
    box.addEventListener('click', opens);
    return () => {
      observer.disconnect();
      box.removeEventListener('click', opens);
    };
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

const isNearEnd = (box: HTMLElement) => box.scrollHeight - box.scrollTop - box.clientHeight < nearPx;
const isOpen = (opener: Element | null) =>
  opener?.isConnected === true && opener.getAttribute('aria-expanded') === 'true';

function firstVisible(scroller: HTMLElement): { element: Element; top: number } | null {
  const edge = scroller.getBoundingClientRect().top;
  for (const element of scroller.querySelectorAll('.dh-item')) {
    const box = element.getBoundingClientRect();
    if (box.bottom > edge) return { element, top: box.top };
  }
  return null;
}
