import { stripAnsi } from 'fancy-ansi';
import { AnsiHtml } from 'fancy-ansi/react';
import { memo, useDeferredValue, useLayoutEffect, useRef } from 'react';
import { settleLines } from './toolWords.ts';

/** Text as a terminal shows it, with its colours. */
export const TerminalText = ({ text }: { text: string }) => <AnsiHtml text={settleLines(text)} />;

/** The same without colours, to be taken elsewhere. */
export const plainTerminalText = (text: string) => settleLines(stripAnsi(text));

/** In a box: what went into a tool call or came out of it. */
export const Output = memo(function Output({ text, label }: { text: string; label: 'Input' | 'Output' }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <figure className={`dh-output dh-output-${label.toLowerCase()}`} tabIndex={0} aria-label={label}>
      <pre>
        <TerminalText text={text} />
      </pre>
    </figure>
  );
});

/** Only this much of a running command's output is drawn: its end. */
const tailChars = 8_000;

/** Output as it comes, kept at its end unless somebody scrolled up in it. */
export function LiveOutput({ text }: { text: string }) {
  const tail = useDeferredValue(text.slice(-tailChars));
  const box = useRef<HTMLPreElement>(null);
  const atEnd = useRef(true);
  useLayoutEffect(() => {
    if (tail !== '' && atEnd.current && box.current) box.current.scrollTop = box.current.scrollHeight;
  }, [tail]);
  const onScroll = () => {
    const { current } = box;
    if (current) atEnd.current = current.scrollHeight - current.scrollTop - current.clientHeight < 24;
  };
  return (
    <pre ref={box} className="dh-output dh-output-live" data-testid="live-output" onScroll={onScroll}>
      <TerminalText text={tail} />
    </pre>
  );
}
