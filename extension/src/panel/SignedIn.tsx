import type { Me } from '@deckhand/shared';
import { Icon } from '@deckhand/shared/ui';
import { useCallback, useEffect, useState } from 'react';
import type { FromPage } from '../messages.ts';
import { signOut } from '../signIn.ts';
import { Home } from './Home.tsx';
import { usePage } from './pages/usePage.ts';
import type { SignedInProps } from './panelProps.ts';
import { takeShot } from './picking/shot.ts';
import { usePicking } from './picking/usePicking.ts';
import { SessionView } from './SessionView.tsx';

const openKey = 'deckhand.session';

/** Who is signed in: a list of sessions, or one of them, and what is picked for the next prompt. */
export function SignedIn({ client, settings, picks, notice, onNotice }: SignedInProps) {
  const [me, setMe] = useState<Me | null>(null);
  const [sessionId, setSessionId] = useState(() => sessionStorage.getItem(openKey));
  const picking = usePicking();
  const onMessage = (message: FromPage) => {
    switch (message.type) {
      case 'picked':
        picking.picked();
        if (picks.add(message.capture, settings.captureScreenshots)) void keepShot(message.capture.pickId);
        return;
      case 'better':
        return picks.better(message.capture);
      case 'failed':
        return onNotice(message.message);
      case 'left':
        return picking.ended();
      case 'closed':
        picking.ended();
        return;
    }
  };
  const page = usePage(settings, onMessage);
  /** What it looked like before anything was changed; shown for comparison, and sent only where the person says so. */
  const keepShot = async (pickId: string) => {
    const link = page.current();
    const shot = link && (await takeShot(link, { pickId }, settings.redactSelectors).catch(() => null));
    picks.change(pickId, { awaitsShot: false, ...(shot ? { shot, before: shot } : {}) });
  };
  const open = useCallback((id: string | null) => {
    setSessionId(id);
    if (id) sessionStorage.setItem(openKey, id);
    else sessionStorage.removeItem(openKey);
  }, []);
  /** Whoever signs out leaves nothing of theirs to the next person. */
  const leave = async () => {
    picks.clear();
    onNotice(null);
    await signOut();
    localStorage.clear();
    sessionStorage.clear();
  };
  useEffect(() => {
    let over = false;
    const ask = async () => {
      const answer = await client.http.me({});
      if (over) return;
      if (answer.ok) setMe(answer);
      else if (answer.retryable) setTimeout(() => void ask(), 3000);
    };
    void ask();
    return () => {
      over = true;
    };
  }, [client]);

  const shared = { client, settings, me, page, picks, picking, notice, onNotice };
  return (
    <>
      <header className="panel-head">
        {sessionId && (
          <button
            type="button"
            className="dh-button dh-button-icon"
            aria-label="All sessions"
            onClick={() => open(null)}
            data-testid="back"
          >
            <Icon name="arrowDown" />
          </button>
        )}
        <span className="panel-place" data-testid="page-host">
          {page.url && URL.canParse(page.url) ? new URL(page.url).host : 'Deckhand'}
        </span>
        <button
          type="button"
          className="dh-link"
          onClick={() => void leave()}
          title={me?.name}
          data-testid="sign-out"
        >
          Sign out
        </button>
      </header>
      {sessionId ? (
        <SessionView key={sessionId} sessionId={sessionId} onOpen={open} {...shared} />
      ) : (
        <Home onOpen={open} {...shared} />
      )}
    </>
  );
}
