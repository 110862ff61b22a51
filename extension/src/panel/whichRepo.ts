import type { RepoInfo } from '@deckhand/shared';
import type { Client } from '@deckhand/shared/client';
import { z } from 'zod';

export type Choice =
  | { repo: string; why: 'remembered' | 'page' | 'only' | 'guess' }
  | { repo: null; likely: string[] };

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
      const prefix = `/${path.join('/')}`.replace(/\/+$/, '');
      if (!fits || !(pathname === prefix || pathname.startsWith(`${prefix}/`))) continue;
      if (!best || page.length > best.length) best = { repo: id, length: page.length };
    }
  }
  return best?.repo ?? null;
}

/** Which repository a page is of: repos.json says so, else somebody said so once, else the server guesses. */
export async function whichRepo(
  client: Client,
  repos: readonly RepoInfo[],
  url: string,
  text: string,
): Promise<Choice> {
  const named = repoOfPage(url, repos);
  if (named) return { repo: named, why: 'page' };
  const kept = Kept.parse((await chrome.storage.local.get(key))[key] ?? {});
  const { host, section } = placeOf(url);
  const remembered = kept[section] ?? kept[host];
  if (remembered && repos.some(({ id }) => id === remembered)) return { repo: remembered, why: 'remembered' };
  const [only, ...others] = repos;
  if (only && others.length === 0) return { repo: only.id, why: 'only' };
  return guess(client, repos, `${text}\n${host}`, url);
}

async function guess(client: Client, repos: readonly RepoInfo[], text: string, url: string): Promise<Choice> {
  // Longer addresses than the command takes say nothing more of where the page is.
  const answer = await client.http['repo.classify']({ text, url: url.slice(0, 2000) });
  if (!answer.ok) return { repo: null, likely: [] };
  const known = (id: string) => repos.some(repo => repo.id === id);
  if (answer.repo && known(answer.repo)) return { repo: answer.repo, why: 'guess' };
  return { repo: null, likely: answer.alternatives.map(({ repo }) => repo).filter(known) };
}

/** Asked once: for this part of the site from now on. */
export async function rememberRepo(url: string, repo: string): Promise<void> {
  const kept = Kept.parse((await chrome.storage.local.get(key))[key] ?? {});
  const { section } = placeOf(url);
  await chrome.storage.local.set({ [key]: { ...kept, [section]: repo } });
}
