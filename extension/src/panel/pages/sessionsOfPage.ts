import { z } from 'zod';

/** Which sessions were begun from which site, in this browser. */
const key = 'sessionsOfHosts';
const keptEach = 30;
const Kept = z.record(z.string(), z.array(z.string())).catch({});

const hostOf = (url: string) => (URL.canParse(url) ? new URL(url).host : '');

export async function sessionsOf(url: string): Promise<string[]> {
  return Kept.parse((await chrome.storage.local.get(key))[key] ?? {})[hostOf(url)] ?? [];
}

export async function noteSession(url: string, sessionId: string): Promise<void> {
  const kept = Kept.parse((await chrome.storage.local.get(key))[key] ?? {});
  const host = hostOf(url);
  const list = [sessionId, ...(kept[host] ?? []).filter(other => other !== sessionId)].slice(0, keptEach);
  await chrome.storage.local.set({ [key]: { ...kept, [host]: list } });
}
