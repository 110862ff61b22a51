import { z } from 'zod';
import { loadSettings } from './settings.ts';

/** Sites whose console errors and failed requests somebody wants captured; each needs its host permission besides. */
const key = 'watchedOrigins';
const Watched = z.array(z.string()).catch([]);

export const patternOf = (origin: string) => `${origin}/*`;

export async function watchedOrigins(): Promise<string[]> {
  return Watched.parse((await chrome.storage.local.get(key))[key]);
}

/** Must be called from a click: Chrome asks the person. */
export async function watchOrigin(origin: string): Promise<boolean> {
  if (!(await chrome.permissions.request({ origins: [patternOf(origin)] }))) return false;
  await chrome.storage.local.set({ [key]: [...new Set([...(await watchedOrigins()), origin])] });
  await keepWatches();
  return true;
}

export async function unwatchOrigin(origin: string): Promise<void> {
  const rest = (await watchedOrigins()).filter(other => other !== origin);
  await chrome.storage.local.set({ [key]: rest });
  await chrome.permissions.remove({ origins: [patternOf(origin)] });
  await keepWatches();
}

/**
 * The scripts that listen from a page's start on, for the sites that were chosen and are still allowed.
 * One after another, over all parts of the sidebar: the worker hears of a permission while the panel that asked for it
 * goes on, and two that register the same script at once end in an error for one of them.
 */
export const keepWatches = (): Promise<void> => navigator.locks.request('watches', register);

async function register(): Promise<void> {
  const { captureConsole } = await loadSettings();
  const wanted = captureConsole ? await watchedOrigins() : [];
  const allowed: string[] = [];
  for (const origin of wanted)
    if (await chrome.permissions.contains({ origins: [patternOf(origin)] })) allowed.push(origin);
  await chrome.scripting.unregisterContentScripts({ ids: ['watch'] }).catch(() => {});
  if (allowed.length === 0) return;
  await chrome.scripting.registerContentScripts([
    {
      id: 'watch',
      matches: allowed.map(patternOf),
      js: ['page/watch.js'],
      runAt: 'document_start',
      world: 'MAIN',
      persistAcrossSessions: true,
    },
  ]);
}
