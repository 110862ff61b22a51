import { type FormEvent, useEffect, useState } from 'react';
import { forgetServer, loadSettings, packedServer, type Settings, saveServer } from '../settings.ts';
import { beginSignIn } from '../signIn.ts';

const patienceMs = 10_000;

/** Whether the Deckhand of this sidebar answers there, in words where it does not. */
async function tryServer(url: string): Promise<string | null> {
  const { host } = new URL(url);
  const other = `What answers at ${host} is no Deckhand server, or not the one that gave this sidebar out.`;
  const signal = AbortSignal.timeout(patienceMs);
  try {
    const answer = await fetch(`${url}/api/extension/refresh`, { method: 'POST', body: '{}', signal });
    const said = (await answer.json()) as { error?: { code?: string } } | null;
    return answer.status === 401 && said?.error?.code === 'unauthorized' ? null : other;
  } catch {
    // Any other server lets us read nothing; that it is there can be told all the same.
    const isThere = await fetch(url, { mode: 'no-cors', signal }).then(
      () => true,
      () => false,
    );
    return isThere ? other : `Nothing answers at ${host}. Check the address, and that the server runs.`;
  }
}

export function ServerForm({ onSaved }: { onSaved: () => void }) {
  const [text, setText] = useState('');
  const [problem, setProblem] = useState<string | null>(null);
  // The way back to the one that gave this sidebar out.
  useEffect(() => void packedServer().then(url => url && setText(before => before || url)), []);
  const save = async (event: FormEvent) => {
    event.preventDefault();
    const url = text.trim().replace(/(?<!\/)\/+$/, '');
    if (!URL.canParse(url) || !/^https?:/.test(url))
      return setProblem('Write the whole address, with https://');
    const { origin } = new URL(url);
    const trouble = await tryServer(origin);
    setProblem(trouble);
    if (trouble) return;
    await saveServer(origin);
    onSaved();
  };
  return (
    <main className="door" data-testid="server-form">
      <h1>Deckhand</h1>
      <form onSubmit={event => void save(event)}>
        <label htmlFor="server">Where is your Deckhand server?</label>
        <input
          id="server"
          type="url"
          placeholder="https://deckhand.acme.example"
          value={text}
          onChange={event => setText(event.target.value)}
        />
        <button type="submit" className="dh-button dh-button-primary">
          Connect
        </button>
      </form>
      {problem && (
        <p className="dh-error" role="alert" data-testid="server-problem">
          {problem}
        </p>
      )}
    </main>
  );
}

export function SignInView({
  settings,
  onSettings,
}: {
  settings: Settings;
  onSettings: (settings: Settings) => void;
}) {
  const { serverUrl, serverIsManaged } = settings;
  const [problem, setProblem] = useState<string | null>(null);
  const [waiting, setWaiting] = useState(false);
  if (serverUrl === null) return null;
  const begin = async () => {
    const trouble = await tryServer(serverUrl);
    setProblem(trouble);
    if (trouble) return;
    setWaiting(true);
    await beginSignIn(serverUrl);
  };
  return (
    <main className="door" data-testid="sign-in">
      <h1>Deckhand</h1>
      <p>Point at a part of a page, say what should change, and watch it change.</p>
      <button
        type="button"
        className="dh-button dh-button-primary"
        onClick={() => void begin()}
        data-testid="sign-in-button"
      >
        Sign in
      </button>
      <p className="dh-quiet">
        {waiting ? 'Go on in the tab that opened.' : `At ${new URL(serverUrl).host}`}{' '}
        {!serverIsManaged && (
          <button
            type="button"
            className="dh-link"
            onClick={() => void forgetServer().then(async () => onSettings(await loadSettings()))}
          >
            Another server
          </button>
        )}
      </p>
      {problem && (
        <p className="dh-error" role="alert" data-testid="sign-in-problem">
          {problem}
        </p>
      )}
    </main>
  );
}
