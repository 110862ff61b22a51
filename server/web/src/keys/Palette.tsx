import { type KeyboardEvent, useEffect, useId, useRef, useState } from 'react';
import { Modal } from './Modal.tsx';
import { type Choice, useChoices } from './useChoices.ts';

/** Goes to a session or a page, or does something with the session that is open, by its first letters. */
export function Palette({ onClose }: { onClose: () => void }) {
  const [search, setSearch] = useState('');
  const choices = useChoices(search);
  const [place, setPlace] = useState(0);
  const id = useId();
  const list = useRef<HTMLDivElement>(null);
  const chosen = Math.min(place, choices.length - 1);
  const optionId = (n: number) => `${id}-${n}`;
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is chosen is to be seen
  useEffect(() => {
    list.current?.querySelector('[aria-selected=true]')?.scrollIntoView({ block: 'nearest' });
  }, [chosen, choices]);

  const run = (choice: Choice | undefined) => {
    if (!choice) return;
    onClose();
    // The focus is back where it was before something else takes it.
    setTimeout(choice.run);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined) {
      event.preventDefault();
      setPlace((chosen + step + choices.length) % Math.max(1, choices.length));
    } else if (event.key === 'Enter') {
      event.preventDefault();
      run(choices[chosen]);
    }
  };
  return (
    <Modal label="Go to" testId="palette" onClose={onClose}>
      <input
        type="text"
        role="combobox"
        className="palette-search"
        placeholder="Go to a session, a page, or do something"
        aria-label="Go to"
        aria-expanded
        aria-controls={id}
        aria-autocomplete="list"
        aria-activedescendant={choices.length > 0 ? optionId(chosen) : undefined}
        data-testid="palette-search"
        data-first
        maxLength={200}
        value={search}
        onChange={event => {
          setSearch(event.target.value);
          setPlace(0);
        }}
        onKeyDown={onKeyDown}
      />
      <div ref={list} id={id} role="listbox" aria-label="What there is" className="palette-list">
        {choices.map((choice, n) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the keyboard is the field's
          // biome-ignore lint/a11y/useFocusableInteractive: the field keeps the focus
          <div
            key={choice.id}
            id={optionId(n)}
            role="option"
            aria-selected={n === chosen}
            className="palette-option"
            data-testid="palette-option"
            onClick={() => run(choice)}
            onPointerMove={() => setPlace(n)}
          >
            <span className="palette-label">{choice.label}</span>
            <span className="dh-quiet">{choice.aside}</span>
          </div>
        ))}
      </div>
      {choices.length === 0 && <p className="dh-empty">Nothing found.</p>}
    </Modal>
  );
}
