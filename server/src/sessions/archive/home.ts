import { basename } from 'node:path/posix';
import type { ChainableCommander } from 'ioredis';
import { z } from 'zod';
import { part, sessionKey } from '../store/keys.ts';
import type { Store } from '../store/store.ts';

/** What stays in Redis of a session that sleeps in its archive: where that is, and its meta as it was. */
export type Home = { blob: string; meta: Record<string, string> };

const Stored = z.object({ archive: z.string(), meta: z.record(z.string(), z.unknown()) });

export const archiveBlob = (sessionId: string, archive: string) => `archives/${sessionId}/${archive}.sqlite`;

/** An archive's name among those of its session. */
export const archiveName = (blob: string) => basename(blob, '.sqlite');

/** The archive keeps all of it; what means the same as nothing takes no room here. */
const isEmpty = (field: string, value: string) =>
  field === 'id' || field === 'archive' || field === 'rev' || ['', '[]', '{}'].includes(value);

/** As short as JSON gets: many thousand of these stay in memory for good. */
export function encodeHome({ blob, meta }: Home): string {
  const kept = Object.entries(meta).filter(([field, value]) => !isEmpty(field, value));
  return JSON.stringify({
    archive: archiveName(blob),
    meta: Object.fromEntries(kept.map(([field, value]) => [field, unquoted(value)])),
  });
}

export function decodeHome(sessionId: string, text: string | null): Home | null {
  if (!text) return null;
  const { archive, meta } = Stored.parse(JSON.parse(text));
  const fields = Object.entries(meta).map(([field, value]) => [
    field,
    typeof value === 'string' ? value : JSON.stringify(value),
  ]);
  return {
    blob: archiveBlob(sessionId, archive),
    meta: { id: sessionId, ...Object.fromEntries(fields) },
  };
}

/** A value that is itself JSON stands there as such, where it comes back the same. */
function unquoted(value: string): unknown {
  try {
    const parsed: unknown = JSON.parse(value);
    return typeof parsed !== 'string' && JSON.stringify(parsed) === value ? parsed : value;
  } catch {
    return value;
  }
}

/**
 * What a command on the session's own keys answers, and the home record of the same moment: a session is either
 * there or at home, and moves between two looks.
 */
export async function withHome(
  store: Store,
  sessionId: string,
  ask: (multi: ChainableCommander) => ChainableCommander,
): Promise<{ home: Home | null; answer: unknown }> {
  const answers = await ask(store.multi().get(sessionKey(sessionId, part.home))).exec();
  const [home, answer] = (answers ?? []).map(([error, value]) => {
    if (error) throw error;
    return value;
  });
  return { home: decodeHome(sessionId, home as string | null), answer };
}

export async function readHome(store: Store, sessionId: string): Promise<Home | null> {
  return decodeHome(sessionId, await store.get(sessionKey(sessionId, part.home)));
}
