import type { SessionLinks } from '@deckhand/shared/ui';
import { type DragEvent, useRef, useState } from 'react';
import { readEventsOf } from '../replay/fileEvents.ts';
import { Player } from '../replay/Player.tsx';
import { type ReplayLog, replayLog } from '../replay/replayLog.ts';
import { BadFile } from '../replay/sqlite.ts';
import { useTitle } from '../useTitle.ts';

/** A file names sessions, artifacts and addresses that need not be ours: nothing of it is fetched or led to. */
const links: SessionLinks = { artifactUrl: () => null, diffUrl: null };

type Opened = { log: ReplayLog; remarks: string[] };

/** Plays a session from a file that somebody downloaded. It never leaves the browser. */
export default function ReplayFilePage() {
  const [opened, setOpened] = useState<Opened | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [over, setOver] = useState(false);
  const [reading, setReading] = useState(false);
  const picker = useRef<HTMLInputElement>(null);
  useTitle('Replay a file');

  const open = async (file: File | undefined) => {
    if (!file) return;
    setProblem(null);
    setReading(true);
    try {
      const { events, remarks } = await readEventsOf(file);
      setOpened({ log: replayLog(events), remarks });
    } catch (error) {
      setProblem(error instanceof BadFile ? error.message : 'This file could not be read.');
    }
    setReading(false);
  };
  const onDrop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    void open(event.dataTransfer.files[0]);
  };
  if (opened)
    return (
      <Player
        {...opened}
        links={links}
        startSeq={null}
        linkTo={null}
        back={
          <button
            type="button"
            className="dh-link"
            data-testid="another-file"
            onClick={() => setOpened(null)}
          >
            ← Another file
          </button>
        }
      />
    );
  return (
    <main className="replay-file">
      <header className="session-head">
        <a href="/" className="back">
          ← <span>Sessions</span>
        </a>
        <h1>Replay a file</h1>
      </header>
      <section
        aria-label="File"
        className={`replay-drop${over ? ' replay-drop-over' : ''}`}
        data-testid="replay-drop"
        onDragOver={event => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={onDrop}
      >
        <p>Drop a downloaded session here: the file of “Download” in its details, or of</p>
        <p>
          <code>npx deckhand log --json SESSION</code>
        </p>
        <input
          ref={picker}
          type="file"
          hidden
          data-testid="replay-picker"
          onChange={event => {
            void open(event.target.files?.[0]);
            event.target.value = '';
          }}
        />
        <button
          type="button"
          className="dh-button dh-button-primary"
          disabled={reading}
          onClick={() => picker.current?.click()}
        >
          {reading ? 'Reading…' : 'Choose a file'}
        </button>
        <p className="dh-quiet">It stays in this browser.</p>
        {problem && (
          <p className="problem" role="alert" data-testid="replay-problem">
            {problem}
          </p>
        )}
      </section>
    </main>
  );
}
