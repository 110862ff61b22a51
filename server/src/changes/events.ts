import type { EventDataOf } from '@deckhand/shared';
import type { Change } from '../sessions/changeRecords.ts';
import { systemActor } from '../sessions/run/turnWriter.ts';
import type { EventDraft } from '../sessions/store/commit.ts';

const known = <T extends object>(fields: T): T =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;

/** A change that nobody was told of yet. */
export function openedEvent(change: Change, turnId?: string): EventDraft {
  const { changeId, url, branch, author, number, title, draft, waits } = change;
  const stack = change.stack && { at: change.stack.at, of: change.stack.titles.length };
  const data = {
    changeId,
    url,
    branch,
    author,
    title,
    ...known({ number, stack, waits, ...(draft ? { draft } : {}) }),
  };
  return {
    type: 'change.opened',
    actor: systemActor,
    data: data as EventDataOf<'change.opened'>,
    ...(turnId ? { turnId } : {}),
  };
}

/** How a change stands now. A new revision of it carries the turn that made it. */
export function updatedEvent(
  change: Change,
  news: { turnId?: string; by?: string | null; mergeSha?: string | null } = {},
): EventDraft {
  const { changeId, state, url, number, title, draft, waits, reviews, checks } = change;
  const by = news.by ?? undefined;
  const mergeSha = news.mergeSha ?? undefined;
  const data = {
    changeId,
    state,
    ...known({ url, number, title, draft, waits, reviews, checks, by, mergeSha }),
  };
  return {
    type: 'change.updated',
    actor: systemActor,
    data: data as EventDataOf<'change.updated'>,
    ...(news.turnId ? { turnId: news.turnId } : {}),
  };
}
