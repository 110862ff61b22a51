import { z } from 'zod';

/**
 * Signing in: a verifier is kept here, its hash goes with the person to the server's page, a code comes back to a page of
 * ours, and code and verifier together are exchanged. All of it lies in session storage, which no page can read and
 * which ends with the browser.
 */
const begunKey = 'signInBegun';
const tokensKey = 'tokens';

const Begun = z.object({ serverUrl: z.string(), verifier: z.string(), state: z.string() });
const Tokens = z.object({
  serverUrl: z.string(),
  /** Whose they are. */
  userId: z.string(),
  accessToken: z.string(),
  refreshToken: z.string(),
  expiresAtMs: z.number(),
});
type Tokens = z.infer<typeof Tokens>;
const Exchanged = z.object({
  userId: z.string(),
  accessToken: z.string(),
  refreshToken: z.string(),
  expiresInMs: z.number(),
});
const Refreshed = Exchanged.omit({ refreshToken: true, userId: true });

/** Who signed in here last: their unsent prompts and drafts lie in the same storage. */
const lastUserKey = 'deckhand.user';

/** Renewed this long before it ends. */
const earlyMs = 60_000;

const base64url = (bytes: Uint8Array) =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
const random = () => base64url(crypto.getRandomValues(new Uint8Array(32)));

const read = async <T>(key: string, schema: z.ZodType<T>): Promise<T | null> => {
  const parsed = schema.safeParse((await chrome.storage.session.get(key))[key]);
  return parsed.success ? parsed.data : null;
};

export async function beginSignIn(serverUrl: string): Promise<void> {
  const verifier = random();
  const state = random();
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier)));
  await chrome.storage.session.set({ [begunKey]: { serverUrl, verifier, state } });
  const query = new URLSearchParams({ extension: chrome.runtime.id, challenge: base64url(hash), state });
  await chrome.tabs.create({ url: `${serverUrl}/extension/sign-in?${query}` });
}

export type Finished = { ok: true } | { ok: false; message: string };

/** With what the server's page handed over, behind the # of our page's address. */
export async function finishSignIn(hash: string): Promise<Finished> {
  const given = new URLSearchParams(hash.replace(/^#/, ''));
  const begun = await read(begunKey, Begun);
  // Nobody began this here: a page that opened ours by itself gets nothing done.
  if (!begun || given.get('state') !== begun.state)
    return { ok: false, message: 'This sign-in was not begun in this sidebar. Begin again from there.' };
  await chrome.storage.session.remove(begunKey);
  const answer = await post(begun.serverUrl, 'token', {
    code: given.get('code') ?? '',
    verifier: begun.verifier,
  });
  const exchanged = Exchanged.safeParse(answer.body);
  if (!exchanged.success) return { ok: false, message: answer.message };
  await forgetOthers(`${begun.serverUrl} ${exchanged.data.userId}`);
  await keep({ serverUrl: begun.serverUrl, ...exchanged.data });
  return { ok: true };
}

/** What one person wrote is not sent in another's name, nor shown to them. */
async function forgetOthers(user: string): Promise<void> {
  const last = localStorage.getItem(lastUserKey);
  if (last !== null && last !== user) {
    localStorage.clear();
    await chrome.storage.session.clear();
  }
  localStorage.setItem(lastUserKey, user);
}

const keep = ({
  serverUrl,
  userId,
  accessToken,
  refreshToken,
  expiresInMs,
}: z.infer<typeof Exchanged> & { serverUrl: string }) =>
  chrome.storage.session.set({
    [tokensKey]: {
      serverUrl,
      userId,
      accessToken,
      refreshToken,
      expiresAtMs: Date.now() + expiresInMs,
    } satisfies Tokens,
  });

/** The access token that counts now, renewed where it is about to end; undefined: signed out. */
export async function accessToken(serverUrl: string): Promise<string | undefined> {
  const tokens = await read(tokensKey, Tokens);
  if (!tokens || tokens.serverUrl !== serverUrl) return undefined;
  if (tokens.expiresAtMs - Date.now() > earlyMs) return tokens.accessToken;
  return renew(serverUrl, ({ expiresAtMs }) => expiresAtMs - Date.now() <= earlyMs);
}

/** The server refused what is held here. True: the sign-in itself holds, and there is another token now. */
export async function renewRefused(serverUrl: string): Promise<boolean> {
  const before = await read(tokensKey, Tokens);
  if (!before) return false;
  const token = await renew(serverUrl, now => now.accessToken === before.accessToken);
  return token !== undefined && token !== before.accessToken;
}

/** Panels of several windows share one sign-in: one of them renews it. */
function renew(serverUrl: string, isDue: (tokens: Tokens) => boolean): Promise<string | undefined> {
  return navigator.locks.request('deckhand-renew', async () => {
    const now = await read(tokensKey, Tokens);
    if (!now) return undefined;
    if (!isDue(now)) return now.accessToken;
    const answer = await post(serverUrl, 'refresh', { refreshToken: now.refreshToken });
    const refreshed = Refreshed.safeParse(answer.body);
    if (refreshed.success) {
      await keep({ ...now, ...refreshed.data });
      return refreshed.data.accessToken;
    }
    if (answer.status !== 401) return now.accessToken; // the server is away: what is had may do when it is back
    await chrome.storage.session.remove(tokensKey);
    return undefined;
  });
}

/** Their id at this server; null: nobody is signed in there. */
export async function signedInAs(serverUrl: string): Promise<string | null> {
  const tokens = await read(tokensKey, Tokens);
  return tokens?.serverUrl === serverUrl ? tokens.userId : null;
}

export async function signOut(): Promise<void> {
  const tokens = await read(tokensKey, Tokens);
  await chrome.storage.session.remove([tokensKey, begunKey]);
  if (tokens) await post(tokens.serverUrl, 'sign-out', { refreshToken: tokens.refreshToken });
}

/** Called whenever somebody signed in or out, here or in another window. */
export function onSignIn(listener: () => void): () => void {
  const hear = (changes: Record<string, unknown>) => {
    if (tokensKey in changes) listener();
  };
  chrome.storage.session.onChanged.addListener(hear);
  return () => chrome.storage.session.onChanged.removeListener(hear);
}

async function post(
  serverUrl: string,
  what: string,
  body: object,
): Promise<{ status: number; body: unknown; message: string }> {
  try {
    const answer = await fetch(`${serverUrl}/api/extension/${what}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    const said = (await answer.json().catch(() => null)) as { error?: { message?: string } } | null;
    return {
      status: answer.status,
      body: said,
      message: said?.error?.message ?? 'The server answered something else than expected.',
    };
  } catch {
    return { status: 0, body: null, message: 'The server cannot be reached.' };
  }
}
