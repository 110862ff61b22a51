import { Icon } from '@deckhand/shared/ui';
import { useEffect, useState } from 'react';
import type { Settings } from '../../settings.ts';
import { unwatchOrigin, watchedOrigins, watchOrigin } from '../../watches.ts';
import type { SharedProps } from '../panelProps.ts';
import { PickCard } from './PickCard.tsx';
import { takeShot } from './shot.ts';

type Props = Pick<SharedProps, 'page' | 'picks' | 'picking' | 'settings' | 'onNotice'>;

const optionsOf = ({ captureProps, redactSelectors }: Settings) => ({
  fields: captureProps,
  redactSelectors,
});

/** In the composer: point at something. */
export function PickTools({ page, picking, settings, onNotice }: Props) {
  const pick = async (many: boolean) => {
    if (picking.active) return picking.stop();
    onNotice(null);
    const link = await page.link();
    if (!link) return;
    picking.begin(link, many, optionsOf(settings));
  };
  return (
    <button
      type="button"
      className="dh-button"
      aria-pressed={picking.active}
      title="Point at a part of the page. With Shift: several."
      onClick={event => void pick(event.shiftKey)}
      data-testid="pick-button"
    >
      {picking.active ? 'Picking…' : 'Pick'}
    </button>
  );
}

/** Above the composer: what goes with the next prompt. */
export function PickList({
  page,
  picks,
  picking,
  settings,
  notice,
  onNotice,
}: Props & { notice: string | null }) {
  const show = (pickId: string) => page.current()?.send({ type: 'highlight', pickId });
  const shotOfTab = async () => {
    const link = await page.link();
    const shot = link && (await takeShot(link, null, settings.redactSelectors));
    if (!shot) return onNotice('No picture of this tab could be taken.');
    const [first] = picks.list;
    if (first) return picks.change(first.pickId, { shot, sendShot: true });
    picks.withNext(shot);
    link.send({ type: 'whole', options: optionsOf(settings) });
  };
  return (
    <div className="picks">
      {picking.active && (
        <p className="dh-quiet" role="status" data-testid="picking-hint">
          Click what you mean, or draw a frame around it. F lets menus open under the pointer and stay. Arrow
          keys go to what is around or inside it, Escape ends.
        </p>
      )}
      {(notice ?? page.refusal) && (
        <p className="pick-notice" role="alert" data-testid="notice">
          <Icon name="info" /> {notice ?? page.refusal}
        </p>
      )}
      {picks.list.length > 0 && (
        <ul className="pick-list" aria-label="Picked">
          {picks.list.map(pick => (
            <PickCard key={pick.pickId} pick={pick} picks={picks} onShow={() => show(pick.pickId)} />
          ))}
        </ul>
      )}
      {settings.captureScreenshots && page.url && !page.refusal && (
        <button type="button" className="dh-link" onClick={() => void shotOfTab()} data-testid="shot-tab">
          Send a picture of the whole tab{picks.list.length > 0 && ' instead'}
        </button>
      )}
      {settings.captureConsole && page.url && <WatchChoice url={page.url} />}
    </div>
  );
}

/** Errors since a page was loaded are recorded only where somebody said so, site by site. */
function WatchChoice({ url }: { url: string }) {
  const [watched, setWatched] = useState<readonly string[] | null>(null);
  useEffect(() => {
    void watchedOrigins().then(setWatched);
  }, []);
  if (!watched || !/^https?:/.test(url)) return null;
  const { origin, host } = new URL(url);
  const on = watched.includes(origin);
  const toggle = async () => {
    if (on) await unwatchOrigin(origin);
    else await watchOrigin(origin);
    setWatched(await watchedOrigins());
  };
  return (
    <label className="dh-quiet watch-choice">
      <input type="checkbox" checked={on} onChange={() => void toggle()} data-testid="watch-site" /> Also send
      errors of {host} (from its next load on)
    </label>
  );
}
