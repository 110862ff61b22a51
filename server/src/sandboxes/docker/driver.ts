import { failure, type Result } from '@deckhand/shared';
import type Docker from 'dockerode';
import type { EgressListener, SandboxDriver } from '../driver.ts';
import { connectBridge } from './bridge.ts';
import type { BuildLimits } from './build/buildWatch.ts';
import { roots } from './build/roots.ts';
import { containerName } from './container.ts';
import type { DiskKind } from './disks/diskHelper.ts';
import { type DiskSupport, disks } from './disks/disks.ts';
import { namedDisks } from './disks/namedDisks.ts';
import { removeVolume } from './disks/volume.ts';
import { ensureEgress } from './egress.ts';
import { openEgressLink } from './egressLink.ts';
import { engineFailure, isEngineDown, statusOf, unlessGone } from './errors.ts';
import { freezing } from './freezing.ts';
import { listSandboxes } from './list.ts';
import { makeSandbox } from './make.ts';
import { reconcile } from './reconcile.ts';
import { takeDown } from './takeDown.ts';

export type DockerDriverOptions = {
  docker: Docker;
  /** Names one installation; several may share an engine without touching each other's. Letters, digits, dashes. */
  deployment: string;
  /** Resolves once the base image is there, so it may be built behind; asked again by each `prepare`. */
  baseImage: () => Promise<Result<{ tag: string }>>;
  /** At least 16 characters, the same for every server of the deployment. */
  egressSecret: string;
  /** TCP ports that sandboxes may reach outside; 80 and 443 where absent. */
  egressPorts?: number[];
  /** Address of the company's own proxy. */
  egressUpstream?: string | undefined;
  /** Names that only that proxy can resolve and that sandboxes may reach; with a leading dot all below. */
  egressUpstreamNames?: readonly string[];
  /** As `NO_PROXY` says it. */
  egressNoProxy?: string | undefined;
  /** Whoever calls `openEgress` says what each sandbox may reach; where absent all reach what is public. */
  egressRules?: boolean;
  /** PEM: authorities that hosts are trusted by besides the usual ones, when the proxy opens their TLS. */
  egressAuthorities?: string | undefined;
  /** What a repository's Dockerfile may use while it is built. */
  buildLimits?: Partial<BuildLimits>;
  /** OCI runtime of sandboxes, as the engine names it; its default where absent. */
  runtime?: string | undefined;
  /** Images on the engine that every repository may build on, though no registry gives them to everybody. */
  sharedImages?: readonly string[];
  /** What disks are; found out where absent. The same for every server of the deployment. */
  diskKind?: DiskKind | undefined;
  /** What all disks of the deployment may use of the engine's; whatever there is where absent. */
  diskBudgetBytes?: number;
  log: (text: string) => void;
};

const defaultPorts = [80, 443];
const gib = 1024 ** 3;
const defaultBuildLimits: BuildLimits = { memoryBytes: 4 * gib, cpus: 2, pids: 1024, diskBytes: 10 * gib };
/** Longest that the engine takes to remove a container that somebody else is removing. */
const removalMs = 20_000;

export function dockerDriver(options: DockerDriverOptions): SandboxDriver {
  const {
    docker,
    deployment,
    egressSecret,
    egressPorts: ports = defaultPorts,
    egressUpstream,
    log,
  } = options;

  const baseTag = async (): Promise<string> => {
    const image = await options.baseImage();
    if (image.ok) return image.tag;
    throw new NoBaseImage(image);
  };
  const allDisks = disks({
    docker,
    deployment,
    image: baseTag,
    kind: options.diskKind,
    budgetBytes: options.diskBudgetBytes ?? 0,
    log,
  });

  /** Helpers stand for as long as the engine does; one that was removed is made again by the next `prepare`. */
  let prepared: Promise<{ disk: DiskSupport; image: string }> | undefined;
  const helpers = () => {
    prepared ??= (async () => {
      const image = await baseTag();
      const upstreamNames = options.egressUpstreamNames ?? [];
      const noProxy = options.egressNoProxy ? { noProxy: options.egressNoProxy } : {};
      const ruled = options.egressRules
        ? {
            ruled: true,
            ...(options.egressAuthorities ? { authorities: options.egressAuthorities } : {}),
          }
        : {};
      const upstream = egressUpstream ? { upstream: egressUpstream, upstreamNames, ...noProxy } : {};
      const [disk] = await Promise.all([
        allDisks.support(),
        ensureEgress(docker, { deployment, image, secret: egressSecret, ports, ...upstream, ...ruled }),
      ]);
      return { disk, image };
    })();
    prepared.catch(() => {
      prepared = undefined;
    });
    return prepared;
  };

  let listener: EgressListener | undefined;

  const remove = async (id: string): Promise<void> => {
    await removeContainer(docker, containerName(id));
    const diskId = await removeVolume(docker, id);
    if (diskId) await allDisks.drop(diskId);
  };

  return {
    prepare: async () => {
      prepared = undefined;
      return asResult(async () => {
        const { runtime } = options;
        if (runtime && !(runtime in ((await docker.info()).Runtimes ?? {})))
          return failure(
            'engine_down',
            `The engine knows no runtime ${runtime} (DECKHAND_SANDBOX_RUNTIME): install it and name it in the engine's configuration, then restart the engine.`,
          );
        await helpers();
        return { ok: true };
      });
    },
    openEgress: given => {
      listener = given;
      return openEgressLink(docker, deployment, given);
    },
    baseImage: options.baseImage,
    create: spec =>
      asResult(async () => {
        const base = (await helpers()).image;
        const image = spec.image ?? base;
        const work = {
          docker,
          deployment: { deployment, egressSecret, runtime: options.runtime },
          disks: allDisks,
        };
        return makeSandbox(
          work,
          { ...spec, image, fromImage: spec.image !== undefined },
          { asResult, remove, log },
        );
      }),
    connect: id => connectBridge(docker, containerName(id)),
    inspect: async id => {
      try {
        const found = await unlessGone(docker.getContainer(containerName(id)).inspect());
        if (!found) return 'gone';
        return found.State.Paused ? 'paused' : found.State.Running ? 'running' : 'stopped';
      } catch (error) {
        if (isEngineDown(error)) return 'engine_down';
        throw error;
      }
    },
    ...freezing({ docker, deployment, asResult }),
    remove,
    list: () => listSandboxes(docker, deployment),
    ...namedDisks({ docker, disks: allDisks, helpers, remove, asResult }),
    ...roots({
      docker,
      deployment,
      egressSecret,
      admit: async (id, repoId) => listener?.onBuild(id, repoId),
      base: async () => (await helpers()).image,
      limits: { ...defaultBuildLimits, ...options.buildLimits },
      sharedImages: options.sharedImages ?? [],
      asResult,
    }),
    reconcile: (ownedIds, olderThanMs, wantedDisks, wantedRoots) =>
      reconcile(
        { docker, deployment, disks: allDisks, remove, log },
        { ownedIds, wantedDisks, wantedRoots },
        olderThanMs,
      ),
    takeDown: options => takeDown({ docker, deployment, disks: allDisks, remove }, options),
    close: async () => {
      allDisks.close();
    },
    capabilities: async () => {
      const { kind, shares } = (await helpers()).disk;
      return { diskLimit: kind === 'images', instantCopies: shares };
    },
  };
}

/** Carries the failure of the base image through code that only knows engine errors. */
class NoBaseImage extends Error {
  readonly result: Result & { ok: false };
  constructor(result: Result & { ok: false }) {
    super(result.message);
    this.result = result;
  }
}

async function asResult<T extends object>(work: () => Promise<Result<T>>): Promise<Result<T>> {
  try {
    return await work();
  } catch (error) {
    return error instanceof NoBaseImage ? error.result : engineFailure(error);
  }
}

async function removeContainer(docker: Docker, name: string): Promise<void> {
  const container = docker.getContainer(name);
  try {
    await unlessGone(container.remove({ force: true, v: true }));
  } catch (error) {
    // Somebody else is removing it: wait until they have, but not for one that the engine never lets go of.
    if (statusOf(error) !== 409) throw error;
    const abortSignal = AbortSignal.timeout(removalMs);
    await unlessGone(container.wait({ condition: 'removed', abortSignal })).catch(late => {
      throw abortSignal.aborted ? error : late;
    });
  }
}
