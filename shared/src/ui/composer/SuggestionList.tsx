import { useEffect, useRef } from 'react';
import type { Suggestions } from './useSuggestions.ts';

export const suggestionId = (listId: string, n: number) => `${listId}-${n}`;

/** Above the box: what could be meant. The box keeps the focus. */
export function SuggestionList({ id, suggestions }: { id: string; suggestions: Suggestions }) {
  const { shown, chosen, choose } = suggestions;
  const list = useRef<HTMLDivElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is chosen is to be seen
  useEffect(() => {
    list.current?.querySelector('[aria-selected=true]')?.scrollIntoView({ block: 'nearest' });
  }, [chosen, shown]);
  if (shown.length === 0) return null;
  return (
    <div ref={list} id={id} role="listbox" aria-label="Suggestions" className="dh-suggestions">
      {shown.map((suggestion, n) => (
        // biome-ignore lint/a11y/useKeyWithClickEvents: the keyboard is the box's
        // biome-ignore lint/a11y/useFocusableInteractive: the box keeps the focus
        <div
          key={suggestion.id}
          id={suggestionId(id, n)}
          role="option"
          aria-selected={n === chosen}
          className="dh-suggestion"
          data-testid="suggestion"
          // Before the box loses the focus.
          onPointerDown={event => event.preventDefault()}
          onClick={() => choose(suggestion)}
        >
          <span className="dh-suggestion-label">{suggestion.label}</span>
          <span className="dh-suggestion-aside">{suggestion.aside}</span>
        </div>
      ))}
    </div>
  );
}
