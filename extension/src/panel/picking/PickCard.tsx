import { Icon } from '@deckhand/shared/ui';
import { useState } from 'react';
import { Annotate } from './Annotate.tsx';
import type { Pick } from './pick.ts';
import type { Picks } from './usePicks.ts';

/** One pick as it will be sent: each line can be struck out, the picture drawn on or left away. */
export function PickCard({ pick, picks, onShow }: { pick: Pick; picks: Picks; onShow: () => void }) {
  const [open, setOpen] = useState(false);
  const [drawing, setDrawing] = useState(false);
  const { pickId, name, lines, struck, tokens, shot, sendShot, capture } = pick;
  const source = capture.components.find(component => component.source)?.source;
  return (
    <li className="pick" data-testid="pick" data-pick={pickId}>
      <div className="pick-line">
        <button
          type="button"
          className="dh-link pick-name"
          onClick={onShow}
          title="Show it on the page"
          data-testid="pick-name"
        >
          {name}
        </button>
        <button
          type="button"
          className="dh-link"
          aria-expanded={open}
          onClick={() => setOpen(!open)}
          data-testid="pick-review"
        >
          {open ? 'Hide' : 'What is sent'}
        </button>
        <button
          type="button"
          className="dh-button dh-button-icon"
          aria-label={`Remove ${name}`}
          onClick={() => picks.remove(pickId)}
          data-testid="pick-remove"
        >
          <Icon name="cross" />
        </button>
      </div>
      <div className="dh-quiet pick-facts" data-testid="pick-facts">
        {source ? `${source.file}${source.line ? `:${source.line}` : ''} · ` : ''}
        {tokens > 0 ? `${tokens} tokens` : 'reading…'}
        {struck.size > 0 && ` · ${struck.size} struck out`}
      </div>
      {/* Its place is kept, so that no line moves away under the pointer. */}
      {!shot && pick.awaitsShot && (
        <div className="pick-shot">
          <label className="dh-quiet">
            <input type="checkbox" disabled /> Taking a picture…
          </label>
        </div>
      )}
      {shot && (
        <div className="pick-shot">
          <label>
            <input
              type="checkbox"
              checked={sendShot}
              data-testid="pick-send-shot"
              onChange={event => picks.change(pickId, { sendShot: event.target.checked })}
            />{' '}
            Send a picture
          </label>
          {sendShot && (
            <button
              type="button"
              className="dh-link"
              onClick={() => setDrawing(!drawing)}
              data-testid="pick-draw"
            >
              {drawing ? 'Close' : 'Draw on it'}
            </button>
          )}
          {sendShot && !drawing && <img src={shot.url} alt={name} data-testid="pick-picture" />}
          {sendShot && drawing && (
            <Annotate
              shot={shot}
              onDone={drawn => {
                picks.change(pickId, { shot: drawn });
                setDrawing(false);
              }}
            />
          )}
        </div>
      )}
      {open && (
        <div className="pick-lines" data-testid="pick-lines">
          <p className="dh-quiet">Click a line to strike it out.</p>
          {lines.map((line, i) => (
            <button
              // biome-ignore lint/suspicious/noArrayIndexKey: lines have no other name, and none moves
              key={i}
              type="button"
              className={`pick-text${struck.has(i) ? ' pick-struck' : ''}`}
              aria-pressed={struck.has(i)}
              onClick={() => picks.strike(pickId, i)}
            >
              {line}
            </button>
          ))}
        </div>
      )}
    </li>
  );
}
