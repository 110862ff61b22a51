import { captureMediaType, type Verdict, verdictText } from '@deckhand/shared/capture';
import { BeforeAfter } from '@deckhand/shared/ui';
import type { View } from '@deckhand/shared/view';
import { useState } from 'react';
import { showChanged } from './pages/preview.ts';
import type { SharedProps } from './panelProps.ts';
import type { Pick } from './picking/pick.ts';
import type { Shot } from './picking/shot.ts';

type Props = SharedProps & { sessionId: string; view: View | null };
type Compared = { pick: Pick; after: Shot | null };

/** After a turn that changed something: the picked element before and after, and what the person thinks of it. */
export function Changed(props: Props) {
  const { client, sessionId, settings, page, picks, view, onNotice } = props;
  const [busy, setBusy] = useState(false);
  const [compared, setCompared] = useState<Compared | null>(null);
  const [words, setWords] = useState('');
  const [shown, setShown] = useState(false);
  const pick = picks.sentWith(sessionId).at(-1);
  const head = view?.head;
  if (!pick || !head || head.turn || head.lastOutcome !== 'done' || head.changes.length === 0) return null;

  const look = async () => {
    setBusy(true);
    onNotice(null);
    const link = await page.link();
    if (link) {
      const path = pick.capture.page.route.includes('[removed')
        ? new URL(pick.capture.page.url).pathname
        : pick.capture.page.route;
      const over = new URL(pick.capture.page.url).origin;
      const { redactSelectors } = settings;
      const { selector } = pick.capture;
      const seen = await showChanged({ client, link, sessionId, selector, path, over, redactSelectors });
      if (!seen.ok) onNotice(seen.message);
      else {
        setShown(true);
        setCompared({ pick, after: seen.shot });
        await keep(pick, seen.shot);
      }
    }
    setBusy(false);
  };
  /** Kept with the session, so that everybody who looks at the change sees them. */
  const keep = async ({ pickId, before }: Pick, after: Shot | null) => {
    if (!before || !after) return;
    for (const [side, shot] of [
      ['before', before],
      ['after', after],
    ] as const) {
      const kept = await client.uploadScreenshot(sessionId, `${side}-${pickId}.png`, shot.blob);
      if (!kept.ok) return onNotice(kept.message);
    }
  };
  const hide = () => {
    void page.current()?.preview(null);
    setShown(false);
  };
  const say = async (verdict: Verdict) => {
    const file = new File(
      [pick.lines.filter((_, line) => !pick.struck.has(line)).join('\n')],
      `${pick.pickId}.txt`,
      {
        type: captureMediaType,
      },
    );
    const uploaded = await client.uploadAttachment(file);
    if (!uploaded.ok) return onNotice(uploaded.message);
    client.send({ sessionId, text: verdictText(verdict, words.trim()), attachments: [uploaded.attachment] });
    setWords('');
    setCompared(null);
    hide();
  };

  return (
    <section className="compare" aria-label="What changed" data-testid="changed">
      <div className="pick-line">
        <button
          type="button"
          className="dh-button dh-button-primary"
          disabled={busy}
          onClick={() => void look()}
          data-testid="see-change"
        >
          {busy ? 'Opening the preview…' : 'Preview the change'}
        </button>
        {shown && (
          <button type="button" className="dh-link" onClick={hide} data-testid="hide-preview">
            Back to the live page
          </button>
        )}
      </div>
      {compared && !compared.after && <p className="dh-quiet">It is not on the changed page.</p>}
      {compared?.after && compared.pick.before && (
        <BeforeAfter
          before={<img src={compared.pick.before.url} alt="Before" />}
          after={<img src={compared.after.url} alt="After" />}
        />
      )}
      {compared && (
        <div className="verdict">
          <input
            aria-label="What is still to do"
            placeholder="What is still to do? (optional)"
            value={words}
            onChange={event => setWords(event.target.value)}
            data-testid="verdict-words"
          />
          <button
            type="button"
            className="dh-button"
            onClick={() => void say('wanted')}
            data-testid="verdict-wanted"
          >
            This is what I meant
          </button>
          <button type="button" className="dh-button" onClick={() => void say('no')} data-testid="verdict-no">
            Not right
          </button>
        </div>
      )}
    </section>
  );
}
