import { memo, type ReactNode, useDeferredValue, useEffect, useMemo, useRef, useState } from 'react';
import { type DiffTotals, totalsOf } from '../../index.ts';
import { itemKey, type View } from '../../view/index.ts';
import { PairsContext, pairsOf } from '../changes/screenshots.ts';
import { Announcer } from '../parts/Announcer.tsx';
import { Icon } from '../parts/Icon.tsx';
import { GrowingMarkdown } from '../parts/Markdown.tsx';
import { stoppingLine } from '../words.ts';
import { type Block, blocksOf, isSameBlock } from './blocks.ts';
import { ItemRow, isDrawn } from './ItemRow.tsx';
import { LiveTexts } from './liveTexts.ts';
import { ReasoningRow } from './ReasoningRow.tsx';
import { UndoneRow } from './UndoneRow.tsx';
import { useStickToEnd } from './useStickToEnd.ts';

type TimelineProps = {
  view: View;
  loadOlder: () => Promise<boolean>;
  /** What stands behind the last item: the queue. */
  children?: ReactNode;
};

/** Everything that happened, in reading order, and what is being written now. */
export function Timeline({ view, loadOlder, children }: TimelineProps) {
  const { scroller, content, away, toEnd, onScroll } = useStickToEnd(view.from);
  const top = useOlderPages(view.from, loadOlder, scroller);
  const pairs = useMemo(() => pairsOf(view.items), [view.items]);
  const { files, filesTotal } = view.head;
  const totals = useMemo(() => totalsOf(files, filesTotal), [files, filesTotal]);
  const messages = view.drafts.filter(text => text.kind === 'message' && text.text !== '');
  const reasoning = view.drafts.find(text => text.kind === 'reasoning' && text.text !== '');
  const { turn, control, state } = view.head;
  const paused = control !== null && state !== 'running';
  const stopping = turn?.stoppedBy ? stoppingLine(turn.stoppedBy) : null;
  const thinking = turn !== null && !paused && view.drafts.every(text => text.text === '') && isQuiet(view);
  return (
    <div className="dh-timeline-frame">
      <div className="dh-timeline" ref={scroller} onScroll={onScroll} data-testid="timeline">
        <div className="dh-column" ref={content}>
          {view.from > 1 && (
            <div className="dh-older" ref={top}>
              <span className="dh-spinner" role="img" aria-label="Loading older items" />
            </div>
          )}
          <PairsContext value={pairs}>
            <LiveTexts value={view.drafts}>
              <Items items={view.items} totals={totals} />
            </LiveTexts>
          </PairsContext>
          {reasoning && <ReasoningRow text={reasoning.text} />}
          {messages.map(text => (
            <LiveMessage key={text.id} text={text.text} />
          ))}
          {thinking && (
            <div className="dh-line dh-thinking" data-testid="thinking">
              <span className="dh-spinner" aria-hidden="true" /> {stopping ?? 'Thinking…'}
            </div>
          )}
          {children}
        </div>
      </div>
      <Announcer items={view.items} />
      {away && (
        <button type="button" className="dh-latest" data-testid="jump-to-latest" onClick={toEnd}>
          <Icon name="arrowDown" /> Jump to latest
        </button>
      )}
    </div>
  );
}

const Items = memo(function Items({ items, totals }: Pick<View, 'items'> & { totals: DiffTotals }) {
  const blocks = useMemo(() => blocksOf(items), [items]);
  return (
    <ol className="dh-items" aria-label="Timeline">
      {blocks.map(block => (
        <ItemBlock key={block.key} block={block} totals={totals} />
      ))}
    </ol>
  );
});

const ItemBlock = memo(
  function ItemBlock({ block, totals }: { block: Block; totals: DiffTotals }) {
    const rows = block.items
      .filter(isDrawn)
      .map(item => <ItemRow key={itemKey(item)} item={item} totals={totals} />);
    return block.undone ? <UndoneRow items={block.items}>{rows}</UndoneRow> : rows;
  },
  (a, b) => isSameBlock(a.block, b.block) && a.totals === b.totals,
);

/** Words as they come. Not announced piece by piece: the finished message is. */
function LiveMessage({ text }: { text: string }) {
  const shown = useDeferredValue(text);
  return (
    <div className="dh-message dh-message-live" data-testid="live-message">
      <GrowingMarkdown text={shown} />
    </div>
  );
}

/** No tool runs and no sandbox is on its way: what is waited for is the model. */
function isQuiet({ items, head }: View): boolean {
  const preparing = head.sandbox !== null && ['warming', 'restoring', 'syncing'].includes(head.sandbox.state);
  return !preparing && !items.slice(-20).some(item => item.kind === 'tool' && item.state === 'running');
}

/** Loads the page before when its place comes into sight. */
function useOlderPages(
  from: number,
  loadOlder: () => Promise<boolean>,
  scroller: React.RefObject<HTMLDivElement | null>,
) {
  const top = useRef<HTMLDivElement>(null);
  const [attempt, setAttempt] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new page or another attempt looks again
  useEffect(() => {
    if (!top.current) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const observer = new IntersectionObserver(
      entries => {
        if (!entries.some(entry => entry.isIntersecting)) return;
        observer.disconnect();
        void loadOlder().then(came => {
          if (!came) timer = setTimeout(() => setAttempt(attempt + 1), 2000);
        });
      },
      { root: scroller.current, rootMargin: '400px 0px 0px 0px' },
    );
    observer.observe(top.current);
    return () => {
      observer.disconnect();
      clearTimeout(timer);
    };
  }, [from, loadOlder, attempt]);
  return top;
}
