import '../noEval.ts';
import { useEffect, useState } from 'react';
import { type Finished, finishSignIn } from '../signIn.ts';

/** Where the server's page sends a browser back to. */
export default function SignedIn() {
  const [finished, setFinished] = useState<Finished | null>(null);
  useEffect(() => {
    const { hash } = location;
    // The code is used up or useless from here on.
    history.replaceState(null, '', location.pathname);
    void finishSignIn(hash).then(async done => {
      setFinished(done);
      const tab = done.ok ? await chrome.tabs.getCurrent() : undefined;
      if (tab?.id !== undefined) setTimeout(() => void chrome.tabs.remove(tab.id as number), 800);
    });
  }, []);
  const text =
    finished === null ? 'Signing in…' : finished.ok ? 'Signed in. Go on in the sidebar.' : finished.message;
  return (
    <main
      style={{ font: '16px/1.5 system-ui', margin: '3rem auto', maxWidth: '32rem' }}
      data-testid="signed-in"
    >
      {text}
    </main>
  );
}
