import { captureTokensDefault } from '@deckhand/shared/capture';
import { type Client, createClient } from '@deckhand/shared/client';
import { useEffect, useMemo, useRef, useState } from 'react';
import { loadSettings, type Settings } from '../settings.ts';
import { accessToken, onSignIn, renewRefused, signedInAs } from '../signIn.ts';
import { ServerForm, SignInView } from './Doors.tsx';
import { type Picks, usePicks } from './picking/usePicks.ts';
import { useErrorReports } from './reportErrors.ts';
import { SignedIn } from './SignedIn.tsx';

/** The panel: which server, who, and then the sessions. */
export function App() {
  const [settings, setSettings] = useState<Settings | null>(null);
  /** Undefined: not known yet. */
  const [userId, setUserId] = useState<string | null>();
  const serverUrl = settings?.serverUrl ?? null;
  useEffect(() => {
    const load = () => void loadSettings().then(setSettings);
    load();
    chrome.storage.managed.onChanged.addListener(load);
    return () => chrome.storage.managed.onChanged.removeListener(load);
  }, []);
  useEffect(() => {
    if (serverUrl === null) return;
    let last: string | null = null;
    const look = async () => {
      const now = await signedInAs(serverUrl);
      if (now && last && now !== last) forget.current();
      last = now ?? last;
      setUserId(now);
    };
    void look();
    return onSignIn(() => void look());
  }, [serverUrl]);
  const client = useClient(userId ? serverUrl : null, userId);
  useErrorReports(serverUrl, settings?.telemetry ?? false);
  const [notice, setNotice] = useState<string | null>(null);
  // What was said before is of a sign-in that ended.
  // biome-ignore lint/correctness/useExhaustiveDependencies: that it changed is what counts
  useEffect(() => setNotice(null), [userId]);
  // Here, so that they outlive a sign-in that ends while somebody writes.
  const picks = usePicks(settings?.captureTokens ?? captureTokensDefault, setNotice);
  const forget = useRef(() => {});
  // Somebody else: what the one before had picked and opened is not theirs.
  forget.current = () => {
    picks.clear();
    sessionStorage.clear();
  };
  return (
    <div className="dh panel" data-testid="panel">
      <View {...{ settings, userId, client, picks, notice }} onSettings={setSettings} onNotice={setNotice} />
    </div>
  );
}

type ViewProps = {
  settings: Settings | null;
  userId: string | null | undefined;
  client: Client | null;
  picks: Picks;
  notice: string | null;
  onNotice: (text: string | null) => void;
  onSettings: (settings: Settings) => void;
};

function View({ settings, userId, client, onSettings, ...kept }: ViewProps) {
  if (!settings) return <Waiting />;
  if (settings.serverUrl === null) return <ServerForm onSaved={() => void loadSettings().then(onSettings)} />;
  if (userId === undefined) return <Waiting />;
  if (userId === null || !client) return <SignInView settings={settings} onSettings={onSettings} />;
  return <SignedIn key={`${settings.serverUrl} ${userId}`} client={client} settings={settings} {...kept} />;
}

/** What the panel's HTML shows already (`pack/firstPaint.ts`). */
const Waiting = () => (
  <header className="panel-head">
    <span className="panel-place">Deckhand</span>
  </header>
);

const outboxKey = 'deckhand.outbox';

/** One for as long as somebody is signed in, and no other's. Its token is renewed behind it. */
function useClient(serverUrl: string | null, userId: string | null | undefined): Client | null {
  // biome-ignore lint/correctness/useExhaustiveDependencies: another person's client has another outbox
  const client = useMemo(() => {
    if (serverUrl === null) return null;
    return createClient({
      url: serverUrl,
      token: () => accessToken(serverUrl),
      refused: () => renewRefused(serverUrl),
      storage: {
        load: () => localStorage.getItem(outboxKey),
        save: text => localStorage.setItem(outboxKey, text),
      },
    });
  }, [serverUrl, userId]);
  useEffect(() => () => client?.close(), [client]);
  return client;
}
