import { type HttpDoor, tokenOf } from './http.ts';
import { type ClientResult, localFailure, wireFailure } from './result.ts';

export type Download = { name: string; content: ReadableStream<Uint8Array> };

/** A long log takes a while to be written. */
const firstByteMs = 120_000;

export const exportPath = (sessionId: string) => `/api/sessions/${encodeURIComponent(sessionId)}/export`;

/** A session's archive as it comes, and the name that the server gives it. */
export async function downloadExport(door: HttpDoor, sessionId: string): Promise<ClientResult<Download>> {
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), firstByteMs);
  try {
    const token = await tokenOf(door.token);
    const response = await door.fetch(door.url + exportPath(sessionId), {
      headers: token ? { authorization: `Bearer ${token}` } : {},
      credentials: 'same-origin',
      signal: patience.signal,
    });
    if (!response.ok || !response.body) {
      const body = (await response.json().catch(() => null)) as { error?: unknown } | null;
      return wireFailure(body?.error) ?? localFailure('bad_answer');
    }
    const named = /filename="([^"/\\]+)"/.exec(response.headers.get('content-disposition') ?? '');
    return { ok: true, name: named?.[1] ?? `${sessionId}.sqlite`, content: response.body };
  } catch {
    return localFailure(patience.signal.aborted ? 'timeout' : 'offline');
  } finally {
    clearTimeout(timer);
  }
}
