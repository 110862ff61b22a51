import type Docker from 'dockerode';
import { orphanDiskMs } from './disk-stock.ts';
import type { Disks } from './disks.ts';
import { label, only } from './labels.ts';
import { listSandboxes } from './list.ts';
import { diskUnder } from './volume.ts';

export type Estate = { docker: Docker; house: string; disks: Disks; remove: (id: string) => Promise<void> };

/**
 * Removes every sandbox, or piece of one, that nobody owns. Ages are told by the engine's clock, which may differ
 * from ours. A piece younger than `olderThanMs` may be one that is being made, so its sandbox is left alone.
 */
export async function reconcile(
  estate: Estate,
  ownedIds: ReadonlySet<string>,
  olderThanMs: number,
): Promise<string[]> {
  const youngestMs = await agesOf(estate);
  const orphans = [...youngestMs]
    .filter(([id, ageMs]) => !ownedIds.has(id) && ageMs >= olderThanMs)
    .map(([id]) => id);
  for (const id of orphans) await estate.remove(id);
  await dropOrphanDisks(estate);
  return orphans;
}

async function agesOf({ docker, house }: Estate): Promise<Map<string, number>> {
  const info: { SystemTime?: string } = await docker.info();
  const nowMs = Date.parse(info.SystemTime ?? '') || Date.now();
  const youngestMs = new Map<string, number>();
  const note = (id: string, ageMs: number) => {
    if (id) youngestMs.set(id, Math.min(ageMs, youngestMs.get(id) ?? Number.POSITIVE_INFINITY));
  };
  for (const { id, createdAtMs } of await listSandboxes(docker, house)) note(id, nowMs - createdAtMs);
  const { Volumes } = await docker.listVolumes({ filters: only(house, 'sandbox') });
  for (const volume of Volumes ?? []) {
    const createdAt = 'CreatedAt' in volume ? Date.parse(String(volume.CreatedAt)) : 0;
    note(volume.Labels?.[label.sandbox] ?? '', nowMs - createdAt);
  }
  return youngestMs;
}

/** Under no volume for so long: left by a server that died with disks in stock, or between disk and volume. */
async function dropOrphanDisks({ docker, house, disks }: Estate): Promise<void> {
  if (!(await disks.supported())) return;
  const old = (await disks.list()).filter(({ ageMs }) => ageMs >= orphanDiskMs);
  if (old.length === 0) return;
  const { Volumes } = await docker.listVolumes({ filters: only(house, 'sandbox') });
  const used = new Set((Volumes ?? []).map(diskUnder));
  for (const { id } of old) if (!used.has(id)) await disks.drop(id);
}
