import { Icon, TerminalText, useStickToEnd } from '@deckhand/shared/ui';
import { memo, useDeferredValue } from 'react';
import type { LogBlock } from './logBlocks.ts';

/** A log as a terminal shows it, kept at its end unless somebody scrolled up in it. */
export function LogLines({ blocks, label }: { blocks: readonly LogBlock[]; label: string }) {
  // Thousands of lines may come at once: what the reader does goes first.
  const shown = useDeferredValue(blocks);
  const { scroller, content, away, toEnd, onScroll } = useStickToEnd(1);
  return (
    <div className="log-frame">
      <section
        className="log"
        ref={scroller}
        onScroll={onScroll}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        tabIndex={0}
        aria-label={label}
        data-testid="build-log"
      >
        <div ref={content}>
          {shown[0] && shown[0].n > 0 && <p className="dh-empty">Earlier lines are not shown.</p>}
          {shown.map(block => (
            <Lines key={block.n} block={block} />
          ))}
        </div>
      </section>
      {away && (
        <button type="button" className="dh-latest" data-testid="jump-to-latest" onClick={toEnd}>
          <Icon name="arrowDown" /> Jump to latest
        </button>
      )}
    </div>
  );
}

const Lines = memo(function Lines({ block: { colours, text, lines } }: { block: LogBlock }) {
  return (
    <pre className="log-lines" style={{ containIntrinsicBlockSize: `auto ${lines}lh` }}>
      <TerminalText text={colours + text} />
    </pre>
  );
});
