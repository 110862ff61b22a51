import type { RepoInfo } from '@deckhand/shared';
import type { Client } from '@deckhand/shared/client';
import { z } from 'zod';

export type Chosen = { ok: true; repo: string } | { ok: false; message: string };

const key = 'repoOfPages';
const Kept = z.record(z.string(), z.string()).catch({});

/** `shop.acme.example/orders` of an address; the part of the path that names an app more often than not. */
const placeOf = (url: string) => {
  const { host, pathname } = new URL(url);
  const [, first = ''] = pathname.split('/');
  return { host, section: first ? `${host}/${first}` : host };
};

/** Longest first: a page may be host, host/path, or *.host. */
export function repoOfPage(url: string, repos: readonly RepoInfo[]): string | null {
  const { host, hostname, pathname } = new URL(url);
  let best: { repo: string; length: number } | null = null;
  for (const { id, pages } of repos) {
    for (const page of pages) {
      const [name = '', ...path] = page
        .toLowerCase()
        .replace(/^https?:\/\//, '')
        .split('/');
      const fits = name.startsWith('*.')
        ? hostname.endsWith(name.slice(1))
        : name === host || name === hostname;
      const prefix = `/${path.join('/')}`.replace(/(?<!\/)\/+$/, '');
      if (!fits || !(pathname === prefix || pathname.startsWith(`${prefix}/`))) continue;
      if (!best || page.length > best.length) best = { repo: id, length: page.length };
    }
  }
  return best?.repo ?? null;
}

/** Which repository a page is of without a word of the person: repos.json says so, or somebody said so once. */
export async function knownRepo(repos: readonly RepoInfo[], url: string): Promise<string | null> {
  const named = repoOfPage(url, repos);
  if (named) return named;
  const kept = Kept.parse((await chrome.storage.local.get(key))[key] ?? {});
  const { host, section } = placeOf(url);
  const remembered = kept[section] ?? kept[host];
  if (remembered && repos.some(({ id }) => id === remembered)) return remembered;
  const [only, ...others] = repos;
  return only && others.length === 0 ? only.id : null;
}

/** The server's guess from the prompt's words and the address; where it has none, the person is asked. */
export async function guessRepo(client: Client, url: string, text: string): Promise<Chosen> {
  // Longer addresses than the command takes say nothing more of where the page is.
  const words = `${text}\n${new URL(url).host}`;
  const answer = await client.http['repo.classify']({ text: words, url: url.slice(0, 2000) });
  if (!answer.ok) return answer;
  return answer.repo ? { ok: true, repo: answer.repo } : askPerson;
}

export const askPerson: Chosen = {
  ok: false,
  message: 'Which repository is this page of? Choose it below; it is asked once.',
};

/** Asked once: for this part of the site from now on. */
export async function rememberRepo(url: string, repo: string): Promise<void> {
  const kept = Kept.parse((await chrome.storage.local.get(key))[key] ?? {});
  const { section } = placeOf(url);
  await chrome.storage.local.set({ [key]: { ...kept, [section]: repo } });
}
