/** Something that is done once somebody said yes. */
export type Asked = { question: string; yes: string; run: () => void };

let heard: ((asked: Asked) => void) | null = null;

/** Asks whoever looks, once. */
export const ask = (asked: Asked) => heard?.(asked);

/** Where it is asked; there is one place. */
export function onAsk(listener: (asked: Asked) => void): () => void {
  heard = listener;
  return () => {
    if (heard === listener) heard = null;
  };
}
