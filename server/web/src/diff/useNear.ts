import { type RefObject, useEffect, useState } from 'react';

/** How far from what is in sight things are made ready. */
const margin = '1200px';

/** Whether a part came near what is in sight; then it stays so. */
export function useNear(part: RefObject<Element | null>): boolean {
  const [near, setNear] = useState(false);
  useEffect(() => {
    const { current } = part;
    if (!current || near) return;
    const watch = new IntersectionObserver(
      seen => seen.some(({ isIntersecting }) => isIntersecting) && setNear(true),
      {
        rootMargin: margin,
      },
    );
    watch.observe(current);
    return () => watch.disconnect();
  }, [part, near]);
  return near;
}
