import { type Actor, type EventDataOf, failure, type Result } from '@deckhand/shared';
import { type Change, changeWrite, readChange } from './changeRecords.ts';
import { commit } from './store/commit.ts';
import { part } from './store/keys.ts';
import { branchOf, readMeta } from './store/meta.ts';
import type { Store } from './store/store.ts';
import { checksOf } from './transitions.ts';

/** Of one change; the newest ones. */
const mostScreenshots = 24;

/**
 * A picture that somebody gives to a session: recorded, told, and noted at the change that it shows, in one script. Its
 * bytes are stored already.
 */
export async function addScreenshot(
  store: Store,
  sessionId: string,
  given: { record: EventDataOf<'artifact.created'>; actor: Actor },
): Promise<Result> {
  const { record, actor } = given;
  for (;;) {
    const meta = await readMeta(store, sessionId);
    const before = meta && (await readChange(store, sessionId, branchOf(meta).changeId));
    const write = before && changeWrite(before, withScreenshot(before.change, record));
    const done = await commit(store, sessionId, {
      checks: [...checksOf('screenshot.given'), ...(write?.checks ?? [])],
      ops: [['HSET', part.artifacts, record.artifactId, JSON.stringify(record)], ...(write?.ops ?? [])],
      events: [{ type: 'artifact.created', actor, data: record }],
    });
    if (done.ok) return { ok: true };
    if (done.failed[0] === 'among') return failure('not_found', 'This session is archived. Start a new one.');
    // Somebody else wrote of the change meanwhile: once more, with what they wrote.
  }
}

function withScreenshot(change: Change, { name, artifactId }: { name: string; artifactId: string }): Change {
  const key = name.replace(/\.png$/, '');
  const { [key]: _, ...others } = change.screenshots ?? {};
  const all = [...Object.entries(others), [key, artifactId] as const];
  return { ...change, screenshots: Object.fromEntries(all.slice(-mostScreenshots)) };
}
