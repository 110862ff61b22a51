import { type Change, isOver, readChange } from '../../sessions/changeRecords.ts';
import type { Meta } from '../../sessions/store/meta.ts';
import type { ChangesDeps } from '../deps.ts';
import { changed } from '../record.ts';
import { editPull } from './edit.ts';
import { hostOf } from './place.ts';

/**
 * The change below it was merged: it is to be merged from now on where that one was. The host does so by itself where
 * that branch is deleted; doing it again changes nothing. What does not succeed comes again with the next look.
 */
export async function retarget(deps: ChangesDeps, meta: Meta, change: Change): Promise<void> {
  const { changeId, on, number, state } = change;
  const below = on === undefined ? null : (await readChange(deps.store, meta.id, on))?.change;
  if (below?.state !== 'merged' || change.base !== below.branch || isOver(change)) return;
  const { base } = below;
  const host = hostOf(deps, meta.repo);
  if (host && number !== undefined && state === 'open') {
    const edited = await editPull(deps, host, { change, number }, () => ({ base }));
    if (!edited.ok) return void deps.log.warn({ reason: edited.message, sessionId: meta.id }, keepsBase);
  }
  await changed(deps, meta, changeId, ({ on: _, ...before }) => ({ ...before, base }));
}

export const keepsBase = 'a change whose lower one was merged keeps its base for now';
