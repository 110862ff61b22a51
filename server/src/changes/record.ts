import { type Change, readChange, saveChange } from '../sessions/changeRecords.ts';
import type { Meta } from '../sessions/store/meta.ts';
import type { ChangesDeps } from './deps.ts';

/** Changes a change's record without a word in the log, whoever else writes it. */
export async function changed(
  deps: ChangesDeps,
  meta: Meta,
  changeId: string,
  change: (before: Change) => Change,
): Promise<void> {
  for (;;) {
    const before = await readChange(deps.store, meta.id, changeId);
    if (!before) return;
    const after = change(before.change);
    if (JSON.stringify(after) === before.kept) return;
    if (await saveChange(deps.store, meta, { before, after, events: [] })) return;
  }
}
