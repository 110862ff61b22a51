import { type ClientResult, localFailure } from '@deckhand/shared/client';

/** How somebody may sign in here; asked before anybody has. */
export async function askWays(): Promise<ClientResult<{ github: boolean }>> {
  try {
    const answer = await fetch('/auth');
    const { github } = (await answer.json()) as { github?: unknown };
    return { ok: true, github: github === true };
  } catch {
    return localFailure('offline');
  }
}

/** This browser is nobody's from then on: what was typed and not sent goes, too. */
export async function signOut(): Promise<boolean> {
  const done = await fetch('/auth/sign-out', { method: 'POST' }).catch(() => null);
  if (!done?.ok) return false;
  const own = Object.keys(localStorage).filter(key => key.startsWith('deckhand.'));
  for (const key of own) localStorage.removeItem(key);
  location.assign('/');
  return true;
}
