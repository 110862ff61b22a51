import { failure, type MachineUse, type RepoImage, type SandboxInfo } from '@deckhand/shared';
import type { Look } from '../identity/acting.ts';
import { may } from '../identity/identity.ts';
import type { SandboxServices } from '../sandboxes/compose.ts';
import { readBuildLog } from '../sandboxes/images/buildLog.ts';
import type { ImageEntry } from '../sandboxes/images/imageRecords.ts';
import type { Ownership } from '../sandboxes/lifecycle/ownership.ts';
import type { EngineReady } from '../sandboxes/sandboxes.ts';
import type { Store } from '../sessions/store/store.ts';
import type { Handlers } from './handlers.ts';
import { reading } from './reading.ts';
import type { Visible } from './visible.ts';

export type MachineCommandDeps = {
  store: Store;
  visible: Visible;
  look: Look;
  machine: SandboxServices;
  engine: EngineReady;
};

type MachineCommands = Pick<Handlers, 'repo.refresh' | 'image.list' | 'build.log' | 'sandbox.list'>;

/** Images, the pool, sandboxes: looked at, and images asked for. */
export function machineCommands({
  store,
  visible,
  look,
  machine,
  engine,
}: MachineCommandDeps): MachineCommands {
  const { records, images, capacity } = machine.sandboxes;
  return {
    async 'repo.refresh'(who, { repo: name, clean, pushed }) {
      if (clean && !may(who, 'admin')) return failure('not_found', 'Only an admin may build from nothing.');
      const seen = await visible.repo(who, name, { fresh: true });
      if (!seen.ok) return seen;
      await machine.builds.refresh(seen.repo.id, pushed ? 'push' : 'person', { clean });
      return { ok: true };
    },
    ...reading<Pick<Handlers, 'image.list'>>(look, {
      async 'image.list'(who) {
        const seen = await visible.repos(who);
        if (!seen.ok) return seen;
        const [sizes, all] = await Promise.all([machine.pool.sizes(), records.list()]);
        const list = seen.repos.map(async ({ id }): Promise<RepoImage> => {
          const entry = await images.get(id);
          const isReady = ({ owner, repoId, readyAtMs, imageId }: Ownership) =>
            owner === 'pool' && repoId === id && readyAtMs !== undefined && imageId === entry.good?.imageId;
          const pool = { ready: all.filter(isReady).length, wanted: sizes.get(id) ?? 0 };
          return { repo: id, ...shown(entry), pool };
        });
        return { ok: true, images: await Promise.all(list) };
      },
    }),
    async 'build.log'(who, { repo: name, buildId, after }) {
      const seen = await visible.repo(who, name);
      if (!seen.ok) return seen;
      const { last } = await images.get(seen.repo.id);
      // Read before the text: what is over by now has written all it will.
      const isOver = last?.buildId !== buildId || last.state !== 'building';
      const piece = await readBuildLog(store, buildId, after);
      if (!piece.text && !after && isOver)
        return failure('not_found', `There is no log of build ${buildId}: logs are kept for a week.`);
      return { ok: true, ...piece, done: isOver && !piece.more };
    },
    async 'sandbox.list'(who) {
      const ready = await Promise.race([engine(), Promise.resolve(null)]);
      const all = await records.list();
      const seen = await visible.readable(
        who,
        all.map(({ repoId }) => repoId),
      );
      if (!seen.ok) return seen;
      const shown = all.filter(({ repoId }) => seen.ids.has(repoId));
      const sandboxes = shown.map(shownSandbox).toSorted((a, b) => a.createdAt.localeCompare(b.createdAt));
      if (!ready?.ok) return { ok: true, sandboxes, machine: null };
      const [{ memory, disk }, waiting] = await Promise.all([capacity.use(), capacity.waiting()]);
      if (!disk) return { ok: true, sandboxes, machine: null };
      const machine: MachineUse = {
        sandboxes: all.length,
        mostSandboxes: capacity.most,
        memoryUsedBytes: memory.usedBytes,
        memoryBudgetBytes: Number.isFinite(memory.budgetBytes) ? memory.budgetBytes : null,
        diskUsedBytes: disk.usedBytes,
        diskFreeBytes: disk.freeBytes,
        diskBudgetBytes: disk.budgetBytes,
        waiting,
      };
      return { ok: true, sandboxes, machine };
    },
  };
}

function shown({ good, last }: ImageEntry): Pick<RepoImage, 'image' | 'build'> {
  if (!good) return { image: null, build: last };
  const { imageId, commit, branch, builtAtMs, durationMs, bytes, environment } = good;
  const { source, ports, services, notes } = environment;
  const image = {
    imageId,
    commit,
    branch,
    builtAt: new Date(builtAtMs).toISOString(),
    durationMs,
    bytes,
    source,
    ports,
    services: Object.keys(services),
    notes,
  };
  return { image, build: last };
}

function shownSandbox(record: Ownership): SandboxInfo {
  const { sandboxId, repoId, owner, claimId, createdAtMs, pausedAtMs, readyAtMs, imageId } = record;
  const isStarting = owner === 'pool' && readyAtMs === undefined;
  return {
    sandboxId,
    repo: repoId,
    owner,
    ...(owner === 'session' ? { sessionId: claimId } : {}),
    state: isStarting ? 'starting' : pausedAtMs === undefined ? 'running' : 'paused',
    createdAt: new Date(createdAtMs).toISOString(),
    ...(imageId ? { imageId } : {}),
  };
}
