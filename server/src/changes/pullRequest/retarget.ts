import { type Change, readChange } from '../../sessions/changeRecords.ts';
import type { Meta } from '../../sessions/store/meta.ts';
import type { ChangesDeps } from '../deps.ts';
import { changed } from '../record.ts';
import { editPull } from './edit.ts';
import { hostOf } from './place.ts';

/**
 * The change below it was merged: it is to be merged from now on where that one was. The host does so by itself where
 * that branch is deleted; doing it again changes nothing. What does not succeed comes again with the next look.
 */
export async function retarget(
  deps: ChangesDeps,
  meta: Meta,
  { changeId, stack, state, number, ...change }: Change,
) {
  if (!stack?.on || state !== 'open' || number === undefined) return;
  const below = (await readChange(deps.store, meta.id, stack.on))?.change;
  const host = hostOf(deps, meta.repo);
  if (below?.state !== 'merged' || change.base !== below.branch || !host) return;
  const { base } = below;
  const whole = { ...change, changeId, stack, state, number };
  const edited = await editPull(deps, host, { change: whole, number }, () => ({ base }));
  if (!edited.ok)
    return void deps.log.warn({ reason: edited.message, sessionId: meta.id }, 'a change keeps its base');
  await changed(deps, meta, changeId, before => ({ ...before, base }));
}
