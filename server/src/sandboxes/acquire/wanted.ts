import { readMeta } from '../../sessions/store/meta.ts';
import type { Store } from '../../sessions/store/store.ts';
import type { Sandboxes } from '../sandboxes.ts';
import { wantedSnapshots } from '../snapshots/retention.ts';

/** Names of what must outlive its sandbox; all else with a name may go. */
export type Wanted = { disks: Set<string>; roots: Set<string> };

type WantedDeps = { store: Store; sandboxes: Sandboxes };

/** Disks that sessions sleep on, snapshots of turns, images in service, and the root file systems under them. */
export async function wantedOf({ store, sandboxes }: WantedDeps): Promise<Wanted> {
  const { disks, images, records } = sandboxes;
  const wanted: Wanted = await wantedSnapshots(store);
  for (const [name, sessionId] of await disks.list()) {
    const meta = await readMeta(store, sessionId);
    if (meta?.disk !== name || meta.state === 'archived') {
      await disks.remove(name);
      continue;
    }
    wanted.disks.add(name);
    if (meta.root) wanted.roots.add(meta.root);
  }
  for (const [, { good }] of await images.list()) {
    if (good) wanted.disks.add(good.disk);
    if (good?.root) wanted.roots.add(good.root);
  }
  for (const { root } of await records.list()) if (root) wanted.roots.add(root);
  return wanted;
}
