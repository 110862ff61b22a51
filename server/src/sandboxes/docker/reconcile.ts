import type Docker from 'dockerode';
import { forgetRoots } from './build/roots.ts';
import type { Disks } from './disks/disks.ts';
import { diskUnder } from './disks/volume.ts';
import { isEngineDown, unlessGone } from './errors.ts';
import { label, only } from './labels.ts';
import { listSandboxes } from './list.ts';

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
  log: (text: string) => void;
};

/**
 * Removes every sandbox, or piece of one, that nobody owns. Ages are told by the engine's clock, which may differ
 * from ours. A piece younger than `olderThanMs` may be one that is being made, so its sandbox is left alone.
 */
export async function reconcile(
  engine: SandboxServices,
  { ownedIds, wantedDisks, wantedRoots }: Wanted,
  olderThanMs: number,
): Promise<string[]> {
  const nowMs = await engineNowMs(engine.docker);
  const youngestMs = await agesOf(engine, nowMs);
  const orphans = [...youngestMs]
    .filter(([id, ageMs]) => !ownedIds.has(id) && ageMs >= olderThanMs)
    .map(([id]) => id);
  const removed: string[] = [];
  const removing = (what: string, work: () => Promise<unknown>) => removeOne(engine, what, work);
  for (const id of orphans) if (await removing(`sandbox ${id}`, () => engine.remove(id))) removed.push(id);
  const { docker, deployment } = engine;
  await removing('networks of builds', () => removeDeadBuilds(engine, { olderThanMs, nowMs }));
  if (wantedRoots)
    await removing('root file systems', async () => {
      removed.push(...(await forgetRoots(docker, deployment, { wanted: wantedRoots, olderThanMs, nowMs })));
    });
  await removing('disks without a sandbox', () => dropOrphanDisks(engine));
  if (wantedDisks) removed.push(...(await forgetUnwanted(engine, wantedDisks, olderThanMs)));
  return removed;
}

/**
 * One thing that cannot be removed (in use, a mount that hangs) keeps no other from it; the next round tries again. False
 * where it is still there. An engine that does not answer ends the round.
 */
async function removeOne(
  { log }: SandboxServices,
  what: string,
  work: () => Promise<unknown>,
): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    if (isEngineDown(error)) throw error;
    log(`not removed, tried again later: ${what}: ${Error.isError(error) ? error.message : String(error)}`);
    return false;
  }
}

/** The network of a build ends with whoever holds it; one that was made and never started is held by nobody. */
async function removeDeadBuilds(
  engine: SandboxServices,
  { olderThanMs, nowMs }: { olderThanMs: number; nowMs: number },
): Promise<void> {
  const { docker, deployment } = engine;
  const filters = { ...only(deployment, 'build'), status: ['created', 'exited', 'dead'] };
  for (const { Id, Created } of await docker.listContainers({ all: true, filters }))
    if (nowMs - Created * 1000 >= olderThanMs)
      await removeOne(engine, `container ${Id.slice(0, 12)}`, () =>
        unlessGone(docker.getContainer(Id).remove({ force: true })),
      );
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
async function dropOrphanDisks(engine: SandboxServices): Promise<void> {
  const { docker, deployment, disks } = engine;
  await disks.tidy();
  const old = (await disks.list()).filter(({ ageMs }) => ageMs >= orphanDiskMs);
  if (old.length === 0) return;
  const { Volumes } = await docker.listVolumes({ filters: only(deployment, 'sandbox') });
  const used = new Set((Volumes ?? []).map(diskUnder));
  for (const { id } of old) if (!used.has(id)) await removeOne(engine, `disk ${id}`, () => disks.drop(id));
}

async function forgetUnwanted(
  engine: SandboxServices,
  wanted: ReadonlySet<string>,
  olderThanMs: number,
): Promise<string[]> {
  const removed: string[] = [];
  for (const { name, createdAtMs } of await engine.disks.named()) {
    if (wanted.has(name) || Date.now() - createdAtMs < olderThanMs) continue;
    if (await removeOne(engine, `disk ${name}`, () => engine.disks.forget(name))) removed.push(name);
  }
  return removed;
}
