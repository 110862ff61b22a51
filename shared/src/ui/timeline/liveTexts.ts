import { createContext, useContext } from 'react';
import type { LiveText } from '../../view/index.ts';

/** Live texts come many times a second: only what draws one asks for it, the rest of the timeline stays still. */
export const LiveTexts = createContext<readonly LiveText[]>([]);

export function useLiveText(id: string): string | null {
  return useContext(LiveTexts).find(text => text.id === id)?.text ?? null;
}
