import type { CommandInput } from '@deckhand/shared';
import { type Client, type ClientResult, createClient, newRequestId } from '@deckhand/shared/client';
import type { GithubEmulator } from '../emulators/github/github.ts';
import type { TestServer } from './server.ts';
import { type Watch, watch } from './watch.ts';

/** A browser without a screen: it keeps cookies and follows redirects one by one. */
export type PlainBrowser = {
  /** Of the server; by name. */
  cookies: Map<string, string>;
  /** One request, redirects not followed. */
  visit(url: string, init?: RequestInit): Promise<Response>;
};

export function plainBrowser(server: TestServer): PlainBrowser {
  const cookies = new Map<string, string>();
  return {
    cookies,
    async visit(url, init = {}) {
      const ours = url.startsWith(server.url);
      const headers = new Headers(init.headers);
      if (ours && cookies.size > 0)
        headers.set('cookie', [...cookies].map(([name, value]) => `${name}=${value}`).join('; '));
      const answer = await fetch(url, { ...init, headers, redirect: 'manual' });
      for (const line of ours ? answer.headers.getSetCookie() : []) {
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
        if (value === '') cookies.delete(name);
        else cookies.set(name, value);
      }
      return answer;
    },
  };
}

export const placeOf = (answer: Response) => new URL(answer.headers.get('location') ?? '', answer.url).href;

/** Signs in through GitHub's page, where `login` says yes; answers the last page's address or what stood there. */
export async function signInThrough(
  browser: PlainBrowser,
  server: TestServer,
  { login, next = '/' }: { login: string; next?: string },
): Promise<{ status: number; place: string; text: string }> {
  const begun = await browser.visit(`${server.url}/auth/github?next=${encodeURIComponent(next)}`);
  const approved = await browser.visit(`${placeOf(begun)}&as=${encodeURIComponent(login)}`);
  const done = await browser.visit(placeOf(approved));
  return { status: done.status, place: placeOf(done), text: await done.text() };
}

export type SignedIn = {
  login: string;
  browser: PlainBrowser;
  client: Client;
  /** A new session of theirs, followed from its first event. */
  ask(prompt: string, repo: string, more?: Partial<CommandInput<'session.create'>>): Promise<Watch>;
  /** Another prompt of theirs. */
  send(sessionId: string, text: string): Promise<void>;
  close(): void;
};

/** Somebody who signed in with GitHub, with a client of their own. */
export async function person(server: TestServer, github: GithubEmulator, login: string): Promise<SignedIn> {
  github.person(login);
  const browser = plainBrowser(server);
  const done = await signInThrough(browser, server, { login });
  if (done.status !== 303) throw new Error(`${login} could not sign in: ${done.status} ${done.text}`);
  const token = browser.cookies.get('deckhand') ?? '';
  const client = createClient({ url: server.url, token });
  server.closeLater(client);
  const must = <T extends ClientResult>(result: T): Extract<T, { ok: true }> => {
    if (!result.ok) throw new Error(`${result.code}: ${result.message}`);
    return result as Extract<T, { ok: true }>;
  };
  return {
    login,
    browser,
    client,
    async ask(prompt, repo, more = {}) {
      const asked = { requestId: newRequestId(), repo, prompt, ...more };
      const created = must(await client.http['session.create'](asked));
      return watch(client, created.session.id);
    },
    async send(sessionId, text) {
      must(await client.http['prompt.send']({ sessionId, requestId: newRequestId(), text }));
    },
    close: () => client.close(),
  };
}
