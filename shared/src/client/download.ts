import type { StatsQuery } from '../index.ts';
import { type HttpDoor, tokenOf } from './http.ts';
import { type ClientResult, localFailure, wireFailure } from './result.ts';

export type Download = { name: string; content: ReadableStream<Uint8Array> };

/** A long log takes a while to be written. */
const firstByteMs = 120_000;

export const exportPath = (sessionId: string) => `/api/sessions/${encodeURIComponent(sessionId)}/export`;

/** Where a session's egress log is, one JSON object a line. */
export const egressPath = (sessionId: string) => `/api/sessions/${encodeURIComponent(sessionId)}/egress`;

export type StatsTable = 'use' | 'changes';

/** Where a table of the statistics is downloaded as CSV; who opens it must be signed in. */
export function statsCsvPath(query: Partial<StatsQuery>, table: StatsTable = 'use'): string {
  const given = Object.entries({ ...query, table }).filter(([, value]) => value !== undefined);
  return `/api/stats.csv?${new URLSearchParams(given as [string, string][])}`;
}

export async function readText(door: HttpDoor, path: string): Promise<ClientResult<{ text: string }>> {
  const signal = AbortSignal.timeout(door.timeoutMs);
  try {
    const response = await door.fetch(door.url + path, {
      headers: door.token ? { authorization: `Bearer ${door.token}` } : {},
      credentials: 'same-origin',
      signal,
    });
    const text = await response.text();
    if (response.ok) return { ok: true, text };
    return wireFailure(errorOf(text)) ?? localFailure('bad_answer');
  } catch {
    return localFailure(signal.aborted ? 'timeout' : 'offline');
  }
}

function errorOf(text: string): unknown {
  try {
    return (JSON.parse(text) as { error?: unknown } | null)?.error;
  } catch {
    return null;
  }
}

/** A file as it comes, and the name that the server gives it. */
export async function download(
  door: HttpDoor,
  { path, name }: { path: string; name: string },
): Promise<ClientResult<Download>> {
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), firstByteMs);
  try {
    const token = await tokenOf(door.token);
    const response = await door.fetch(door.url + path, {
      headers: token ? { authorization: `Bearer ${token}` } : {},
      credentials: 'same-origin',
      signal: patience.signal,
    });
    if (!response.ok || !response.body) {
      const body = (await response.json().catch(() => null)) as { error?: unknown } | null;
      return wireFailure(body?.error) ?? localFailure('bad_answer');
    }
    const named = /filename="([^"/\\]+)"/.exec(response.headers.get('content-disposition') ?? '');
    return { ok: true, name: named?.[1] ?? name, content: response.body };
  } catch {
    return localFailure(patience.signal.aborted ? 'timeout' : 'offline');
  } finally {
    clearTimeout(timer);
  }
}
