import type Docker from 'dockerode';
import type { Disks } from './disks.ts';
import { label, only } from './labels.ts';
import { listSandboxes } from './list.ts';
import { forgetRoots } from './roots.ts';
import { diskUnder } from './volume.ts';

/** Under no volume for so long: between disk and volume there is a moment. */
const orphanDiskMs = 10 * 60_000;

/** Without `wantedDisks` no named disk goes, without `wantedRoots` no image. */
export type Wanted = {
  ownedIds: ReadonlySet<string>;
  wantedDisks: ReadonlySet<string> | undefined;
  wantedRoots: ReadonlySet<string> | undefined;
};

export type SandboxServices = {
  docker: Docker;
  deployment: string;
  disks: Disks;
  remove: (id: string) => Promise<void>;
};

/**
 * Removes every sandbox, or piece of one, that nobody owns. Ages are told by the engine's clock, which may differ
 * from ours. A piece younger than `olderThanMs` may be one that is being made, so its sandbox is left alone.
 */
export async function reconcile(
  estate: SandboxServices,
  { ownedIds, wantedDisks, wantedRoots }: Wanted,
  olderThanMs: number,
): Promise<string[]> {
  const nowMs = await engineNowMs(estate.docker);
  const youngestMs = await agesOf(estate, nowMs);
  const orphans = [...youngestMs]
    .filter(([id, ageMs]) => !ownedIds.has(id) && ageMs >= olderThanMs)
    .map(([id]) => id);
  for (const id of orphans) await estate.remove(id);
  const { docker, deployment } = estate;
  const roots = wantedRoots
    ? await forgetRoots(docker, deployment, { wanted: wantedRoots, olderThanMs, nowMs })
    : [];
  if (!(await estate.disks.support()).mounts) return [...orphans, ...roots];
  await dropOrphanDisks(estate);
  const disks = wantedDisks ? await forgetUnwanted(estate, wantedDisks, olderThanMs) : [];
  return [...orphans, ...roots, ...disks];
}

async function engineNowMs(docker: Docker): Promise<number> {
  const info: { SystemTime?: string } = await docker.info();
  return Date.parse(info.SystemTime ?? '') || Date.now();
}

async function agesOf({ docker, deployment }: SandboxServices, nowMs: number): Promise<Map<string, number>> {
  const youngestMs = new Map<string, number>();
  const note = (id: string, ageMs: number) => {
    if (id) youngestMs.set(id, Math.min(ageMs, youngestMs.get(id) ?? Number.POSITIVE_INFINITY));
  };
  for (const { id, createdAtMs } of await listSandboxes(docker, deployment)) note(id, nowMs - createdAtMs);
  const { Volumes } = await docker.listVolumes({ filters: only(deployment, 'sandbox') });
  for (const volume of Volumes ?? []) {
    const createdAt = 'CreatedAt' in volume ? Date.parse(String(volume.CreatedAt)) : 0;
    note(volume.Labels?.[label.sandbox] ?? '', nowMs - createdAt);
  }
  return youngestMs;
}

/** Left by a server that died between disk and volume, or in the middle of a copy. */
async function dropOrphanDisks({ docker, deployment, disks }: SandboxServices): Promise<void> {
  await disks.tidy();
  const old = (await disks.list()).filter(({ ageMs }) => ageMs >= orphanDiskMs);
  if (old.length === 0) return;
  const { Volumes } = await docker.listVolumes({ filters: only(deployment, 'sandbox') });
  const used = new Set((Volumes ?? []).map(diskUnder));
  for (const { id } of old) if (!used.has(id)) await disks.drop(id);
}

async function forgetUnwanted(
  { disks }: SandboxServices,
  wanted: ReadonlySet<string>,
  olderThanMs: number,
): Promise<string[]> {
  const unwanted = (await disks.named()).filter(
    ({ name, createdAtMs }) => !wanted.has(name) && Date.now() - createdAtMs >= olderThanMs,
  );
  for (const { name } of unwanted) await disks.forget(name);
  return unwanted.map(({ name }) => name);
}
