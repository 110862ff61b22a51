import { type Client, createClient } from '@deckhand/shared/client';
import { useEffect, useMemo, useState } from 'react';
import { loadSettings, type Settings } from '../settings.ts';
import { accessToken, isSignedIn, onSignIn } from '../signIn.ts';
import { ServerForm, SignInView } from './Doors.tsx';
import { SignedIn } from './SignedIn.tsx';

/** The panel: which server, who, and then the sessions. */
export function App() {
  const [settings, setSettings] = useState<Settings | null>(null);
  const [signedIn, setSignedIn] = useState<boolean | null>(null);
  const serverUrl = settings?.serverUrl ?? null;
  useEffect(() => {
    const load = () => void loadSettings().then(setSettings);
    load();
    chrome.storage.managed.onChanged.addListener(load);
    return () => chrome.storage.managed.onChanged.removeListener(load);
  }, []);
  useEffect(() => {
    if (serverUrl === null) return;
    const look = () => void isSignedIn(serverUrl).then(setSignedIn);
    look();
    return onSignIn(look);
  }, [serverUrl]);
  const client = useClient(signedIn ? serverUrl : null);
  return (
    <div className="dh panel" data-testid="panel">
      <View settings={settings} signedIn={signedIn} client={client} onSettings={setSettings} />
    </div>
  );
}

type ViewProps = {
  settings: Settings | null;
  signedIn: boolean | null;
  client: Client | null;
  onSettings: (settings: Settings) => void;
};

function View({ settings, signedIn, client, onSettings }: ViewProps) {
  if (!settings) return <Waiting />;
  if (settings.serverUrl === null) return <ServerForm onSaved={() => void loadSettings().then(onSettings)} />;
  if (signedIn === null) return <Waiting />;
  if (!signedIn || !client) return <SignInView settings={settings} onSettings={onSettings} />;
  return <SignedIn key={settings.serverUrl} client={client} settings={settings} />;
}

/** What the panel's HTML shows already (`pack/firstPaint.ts`). */
const Waiting = () => (
  <header className="panel-head">
    <span className="panel-place">Deckhand</span>
  </header>
);

const outboxKey = 'deckhand.outbox';

/** One for as long as somebody is signed in. Its token is renewed behind it. */
function useClient(serverUrl: string | null): Client | null {
  const client = useMemo(() => {
    if (serverUrl === null) return null;
    return createClient({
      url: serverUrl,
      token: () => accessToken(serverUrl),
      storage: {
        load: () => localStorage.getItem(outboxKey),
        save: text => localStorage.setItem(outboxKey, text),
      },
    });
  }, [serverUrl]);
  useEffect(() => () => client?.close(), [client]);
  return client;
}
