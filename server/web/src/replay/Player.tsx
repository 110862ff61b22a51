import { type SessionLinks, SessionLinksContext, standingOf, Timeline, useMedia } from '@deckhand/shared/ui';
import { type ReactNode, useCallback, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { Drawer } from '../Drawer.tsx';
import '../css/replay.css';
import { Icon } from '@deckhand/shared/ui';
import { useTitle } from '../useTitle.ts';
import { Controls } from './Controls.tsx';
import { MomentColumn } from './MomentColumn.tsx';
import type { ReplayLog } from './replayLog.ts';
import { useKeys } from './useKeys.ts';
import { usePlayback } from './usePlayback.ts';
import { windowItems, windowOf } from './windowOf.ts';

/** A session as it was at any moment. Nothing can be done to it here. */
export function Player({
  log,
  remarks,
  links,
  startSeq,
  linkTo,
  back,
}: {
  log: ReplayLog;
  /** What is to be said about the log. */
  remarks: readonly string[];
  links: SessionLinks;
  startSeq: number | null;
  linkTo: ((seq: number) => string) | null;
  /** The way to where somebody came from. */
  back: ReactNode;
}) {
  const playback = usePlayback(log, startSeq);
  useKeys(playback, log.events.length);
  const { seq, atMs } = playback.moment;
  const view = useMemo(() => log.viewAt({ seq, atMs }), [log, seq, atMs]);
  const [items, setItems] = useState(windowItems);
  const shown = useMemo(() => windowOf(view, items), [view, items]);
  const pane = useRef<HTMLDivElement>(null);
  const { jumps } = playback;
  // Whoever goes to a moment wants to see it, wherever in the one before they were reading.
  // biome-ignore lint/correctness/useExhaustiveDependencies: each jump counts
  useLayoutEffect(() => {
    const timeline = pane.current?.querySelector('.dh-timeline');
    if (timeline) timeline.scrollTop = timeline.scrollHeight;
  }, [jumps]);
  const loadOlder = useCallback(async () => {
    setItems(count => count + windowItems);
    return true;
  }, []);
  const wide = useMedia('(min-width: 960px)');
  const [toggled, setToggled] = useState(false);
  const [shownTask, setShownTask] = useState<{ taskId: string } | null>(null);
  const allLinks = useMemo(() => ({ ...links, shownTask }), [links, shownTask]);
  const title = view.head.title || 'Session';
  useTitle(`Replay: ${title}`);
  const { look, word } = standingOf(view.head);
  const open = wide !== toggled;
  const column = (
    <MomentColumn
      view={view}
      log={log}
      openTask={taskId => {
        setShownTask({ taskId });
        if (!wide) setToggled(false);
      }}
    />
  );
  return (
    <SessionLinksContext value={allLinks}>
      <main className="session replay" data-testid="replay" data-seq={seq} data-playing={playback.playing}>
        <header className="session-head">
          {back}
          <h1>
            <span className="replay-of">Replay of</span> {title}
          </h1>
          <span className={`dh-tag dh-tag-${look}`} data-testid="replay-state">
            {word}
          </span>
          <span className="gap" />
          <button
            type="button"
            className="dh-button dh-button-icon"
            aria-label="Details"
            aria-expanded={open}
            data-testid="toggle-details"
            onClick={() => setToggled(!toggled)}
          >
            <Icon name="side" />
          </button>
        </header>
        {remarks.map(remark => (
          <p key={remark} className="banner" role="status" data-testid="replay-remark">
            {remark}
          </p>
        ))}
        <div className="session-body">
          <div className="dh-pane" ref={pane}>
            <Timeline view={shown} loadOlder={loadOlder} />
            <Controls log={log} playback={playback} linkTo={linkTo} />
          </div>
          {open && wide && column}
          {open && !wide && (
            <Drawer label="Details" onClose={() => setToggled(false)}>
              {column}
            </Drawer>
          )}
        </div>
      </main>
    </SessionLinksContext>
  );
}
