import { type KeyboardEvent, type RefObject, useEffect, useLayoutEffect, useRef, useState } from 'react';
import { begunAt, type Suggest, type Suggestion } from './suggest.ts';

const pauseMs = 80;

export type Suggestions = {
  shown: readonly Suggestion[];
  chosen: number;
  choose: (suggestion: Suggestion) => void;
  /** Whether the key was for them. */
  onKeyDown: (event: KeyboardEvent) => boolean;
  /** The caret may have moved. */
  look: () => void;
  close: () => void;
};

/** What is suggested for what is begun at the caret of a box. */
export function useSuggestions(
  box: RefObject<HTMLTextAreaElement | null>,
  setText: (text: string) => void,
  suggest: Suggest | undefined,
): Suggestions {
  const [shown, setShown] = useState<readonly Suggestion[]>([]);
  const [chosen, setChosen] = useState(0);
  const asked = useRef(0);
  /** What was typed when these were suggested. */
  const answered = useRef('');
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  /** Where the caret belongs once the box has its new text, before the next key comes. */
  const caret = useRef<number | null>(null);
  useLayoutEffect(() => {
    const { current: at } = caret;
    if (at === null || !box.current) return;
    caret.current = null;
    box.current.focus();
    box.current.setSelectionRange(at, at);
    // Something else is begun with a sign alone.
    if (box.current.value.slice(0, at).endsWith('@')) look();
  });

  const close = () => {
    clearTimeout(timer.current);
    asked.current += 1;
    setShown([]);
  };
  const look = () => {
    const { current } = box;
    const begun = suggest && current && begunAt(current.value, current.selectionStart);
    if (!begun || !suggest || current.selectionStart !== current.selectionEnd) return close();
    clearTimeout(timer.current);
    asked.current += 1;
    const round = asked.current;
    const ask = async () => {
      const found = await suggest(begun);
      // An answer to what was typed before, or sent by now, is nothing to anybody.
      const still = begunAt(current.value, current.selectionStart);
      if (round !== asked.current || still?.typed !== begun.typed) return;
      answered.current = begun.typed.toLowerCase();
      setShown(found);
      setChosen(0);
    };
    // Commands are known here: they fit what is typed before the next key comes.
    if (begun.sign === '/') void ask();
    else timer.current = setTimeout(() => void ask(), pauseMs);
  };
  const choose = (suggestion: Suggestion) => {
    const { current } = box;
    const begun = current && begunAt(current.value, current.selectionStart);
    close();
    if (!current || !begun) return;
    const end = current.selectionStart;
    setText(current.value.slice(0, begun.from) + suggestion.insert + current.value.slice(end));
    caret.current = begun.from + suggestion.insert.length;
    suggestion.run?.();
  };
  /** The chosen one; where more was typed since, the first from there on that still has it. */
  const fitting = () => {
    const { current } = box;
    const typed = (current && begunAt(current.value, current.selectionStart)?.typed.toLowerCase()) ?? '';
    const rest = shown.slice(chosen);
    return typed === answered.current
      ? rest[0]
      : rest.find(({ label }) => label.toLowerCase().includes(typed));
  };
  const onKeyDown = (event: KeyboardEvent): boolean => {
    if (shown.length === 0 || event.nativeEvent.isComposing) return false;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const suggestion = fitting();
    if (step !== undefined) setChosen((chosen + step + shown.length) % shown.length);
    else if (event.key === 'Escape') close();
    else if ((event.key === 'Enter' || event.key === 'Tab') && !event.shiftKey && suggestion)
      choose(suggestion);
    else return false;
    event.preventDefault();
    return true;
  };
  return { shown, chosen, choose, onKeyDown, look, close };
}
