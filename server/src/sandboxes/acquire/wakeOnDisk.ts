import type { Result } from '@deckhand/shared';
import type { Hands } from '../hands.ts';
import type { Ownership } from '../lifecycle/ownership.ts';
import { type Sandboxes, sleepDiskOf } from '../sandboxes.ts';

/**
 * Makes the sandbox of a session that sleeps, on its disk. A session counts as asleep before its disk has its name: what
 * puts it to sleep is waited for, and finished where a server died in it. Without its root file system, which may be gone
 * where the disk is not, it begins on the base image.
 */
export async function wakeOnDisk(
  sandboxes: Sandboxes,
  record: Ownership,
  { disk, root, fence }: { disk: string; root: string | null; fence: number },
): Promise<Result<{ hands: Hands }>> {
  await finishSleep(sandboxes, disk);
  const made = await sandboxes.make(record, fence, { disk, root });
  return made.ok || !root ? made : sandboxes.make(record, fence, { disk });
}

async function finishSleep(sandboxes: Sandboxes, disk: string): Promise<void> {
  const records = await sandboxes.records.list();
  const asleep = records.find(record => sleepDiskOf(record.sandboxId) === disk);
  // Without its disk the session still has its saved work.
  if (asleep) await sandboxes.sleep(asleep).catch(() => {});
}
