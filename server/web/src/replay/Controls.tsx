import { CopyButton, duration, Icon } from '@deckhand/shared/ui';
import { placeOf } from './axis.ts';
import { type ReplayLog, turnNumberAt } from './replayLog.ts';
import { type Playback, type Speed, speeds } from './usePlayback.ts';
import { clockTime, momentWords } from './words.ts';

/** More marks than this are a bar. */
const mostMarks = 200;

/** The scrubber with its marks, and the buttons below it. `linkTo`: the address of a moment, where there is one. */
export function Controls({
  log,
  playback,
  linkTo,
}: {
  log: ReplayLog;
  playback: Playback;
  linkTo: ((seq: number) => string) | null;
}) {
  const { place, end, moment, playing, speed, skipsWaiting, atEnd } = playback;
  const { seek, toTurn, toggle, setSpeed, setSkipsWaiting } = playback;
  const last = log.events.length;
  const turn = turnNumberAt(log.turns, moment.seq);
  const sinceMs = moment.atMs - (log.axis.atMs[0] ?? 0);
  return (
    <section className="replay-controls" aria-label="Replay" data-testid="replay-controls">
      <div className="replay-scrubber">
        <input
          type="range"
          min={0}
          max={Math.max(1, end)}
          step={1}
          value={Math.round(place)}
          aria-label="Moment"
          aria-valuetext={momentWords({ ...moment, last, sinceMs, turn, turns: log.turns.length })}
          data-testid="scrubber"
          onChange={event => seek(Number(event.target.value))}
        />
        <div className="replay-marks" aria-hidden="true">
          {log.turns.slice(0, mostMarks).map(({ seq }) => (
            <span key={seq} style={{ left: `${(placeOf(log.axis, seq) / Math.max(1, end)) * 100}%` }} />
          ))}
        </div>
      </div>
      <div className="replay-buttons">
        <Step label="Previous turn" testId="previous-turn" flip onPress={() => toTurn(-1)} />
        <button
          type="button"
          className="dh-button dh-button-primary replay-play"
          data-testid="play"
          onClick={toggle}
        >
          <Icon name={playing ? 'pause' : 'play'} /> {playing ? 'Pause' : atEnd ? 'Play again' : 'Play'}
        </button>
        <Step label="Next turn" testId="next-turn" onPress={() => toTurn(1)} />
        <label className="replay-speed">
          <span className="dh-hidden">Speed</span>
          <select
            value={speed}
            data-testid="speed"
            onChange={event => setSpeed(Number(event.target.value) as Speed)}
          >
            {speeds.map(each => (
              <option key={each} value={each}>
                {each}×
              </option>
            ))}
          </select>
        </label>
        <label className="replay-skip" title="Where nothing happened for over 2 s">
          <input
            type="checkbox"
            checked={skipsWaiting}
            data-testid="skip-waiting"
            onChange={event => setSkipsWaiting(event.target.checked)}
          />
          Skip waiting
        </label>
        <span className="gap" />
        <span className="replay-where" data-testid="replay-where">
          <time dateTime={new Date(moment.atMs).toISOString()}>{clockTime(moment.atMs)}</time> ·{' '}
          {duration(sinceMs)} · event {moment.seq.toLocaleString('en')} of {last.toLocaleString('en')}
        </span>
        {linkTo && (
          <CopyButton
            text={() => linkTo(moment.seq)}
            label="Copy link to this moment"
            icon="link"
            iconOnly
            testId="copy-moment"
          />
        )}
      </div>
    </section>
  );
}

function Step(props: { label: string; testId: string; flip?: boolean; onPress: () => void }) {
  return (
    <button
      type="button"
      className="dh-button dh-button-icon"
      aria-label={props.label}
      title={props.label}
      data-testid={props.testId}
      onClick={props.onPress}
    >
      <span className={props.flip ? 'replay-flip' : 'replay-icon'}>
        <Icon name="next" />
      </span>
    </button>
  );
}
