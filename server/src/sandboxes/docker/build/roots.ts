import type { Readable } from 'node:stream';
import { overlayDockerfile } from '@deckhand/sandbox/preflight';
import { failure, type Result } from '@deckhand/shared';
import type Docker from 'dockerode';
import { timeLimit } from '../../../platform/timeLimit.ts';
import type { RootImage, RootSpec, SandboxDriver } from '../../driver.ts';
import { isEngineDown, statusOf, unlessGone } from '../errors.ts';
import { label, only, ourLabels } from '../labels.ts';
import type { Help } from '../make.ts';
import { openBuildNetwork } from './buildNetwork.ts';
import { type BuildLimits, watchBuild } from './buildWatch.ts';
import { confineDockerfile } from './confineDockerfile.ts';
import { dockerfileFor } from './dockerfileFor.ts';
import { contextOf, withDockerfile } from './rootContext.ts';
import { findSource } from './rootSources.ts';
import { engineBuild, type Listening } from './runBuild.ts';

export type RootWorkshop = {
  docker: Docker;
  deployment: string;
  egressSecret: string;
  /** Says what a build for that repository may reach under that name. */
  admit: (id: string, repoId: string) => Promise<void>;
  /** Tag of the base image, once it and the egress proxy are there. */
  base: () => Promise<string>;
  limits: BuildLimits;
  sharedImages: readonly string[];
} & Pick<Help, 'asResult'>;

type Part = 'buildRoot' | 'listRoots' | 'removeRoot';

const cpuPeriod = 100_000;

const repository = 'deckhand-root';
const tagOf = (deployment: string, fingerprint: string) => `${deployment}-${fingerprint.slice(0, 12)}`;

/** Root file systems that repositories bring: images of the engine, each named for its deployment and what it is made from. */
export function roots(workshop: RootWorkshop): Pick<SandboxDriver, Part> {
  const { docker, deployment, asResult } = workshop;
  return {
    buildRoot: (spec, onLog) =>
      asResult(async () => {
        const image = `${repository}:${tagOf(deployment, spec.fingerprint)}`;
        const found = await unlessGone(docker.getImage(image).inspect());
        // One that declares volumes is of an older version, which let it.
        const isGood = found && Object.keys(found.Config.Volumes ?? {}).length === 0;
        if (isGood && found.Config.Labels?.[label.fingerprint] === spec.fingerprint) {
          if ('context' in spec.from) spec.from.context.destroy();
          // Says that it is in use again.
          await docker.getImage(image).tag({ repo: repository, tag: tagOf(deployment, spec.fingerprint) });
          return { ok: true, image };
        }
        return withinTime(spec, signal => makeRoot(workshop, { ...spec, image }, { onLog, signal }));
      }),
    listRoots: () => listRoots(docker, deployment),
    removeRoot: image => removeRoot(docker, deployment, image),
  };
}

async function withinTime<T extends object>(
  { timeoutMs, signal: given }: RootSpec,
  work: (signal: AbortSignal) => Promise<Result<T>>,
): Promise<Result<T>> {
  using limit = timeLimit(timeoutMs, given);
  try {
    limit.signal.throwIfAborted();
    return await work(limit.signal);
  } catch (error) {
    if (given?.aborted) return failure('internal', 'The build was stopped.');
    if (!limit.isLate()) throw error;
    const seconds = Math.round(timeoutMs / 1000);
    return failure(
      'bad_request',
      `The root file system took longer than ${seconds} s to build and was given up.`,
    );
  }
}

async function makeRoot(
  workshop: RootWorkshop,
  spec: RootSpec & { image: string },
  given: Listening,
): Promise<Result<{ image: string }>> {
  const { docker, deployment, egressSecret, limits } = workshop;
  const unlimited = await whatIsUnlimited(docker);
  if (unlimited)
    return failure(
      'bad_request',
      `Nothing is built on this engine: it cannot limit ${unlimited} of the steps. Let it manage cgroups (rootless: cgroup v2 with delegation), or use an environment without an image of its own.`,
    );
  const base = await workshop.base();
  const network = await openBuildNetwork(docker, {
    deployment,
    image: base,
    secret: egressSecret,
    admit: id => workshop.admit(id, spec.repoId),
  });
  const whose = { [label.repo]: spec.repoId };
  const watch = watchBuild(docker, { networkMode: network.mode, ...limits });
  const signal = AbortSignal.any([given.signal, watch.signal]);
  const listening: Listening = { ...given, signal, onStep: watch.step, onLayer: watch.layer };
  const build = (
    what: string,
    more: { context: Readable; dockerfile?: string; root?: string; t?: string },
  ) => {
    const { root, ...rest } = more;
    const labels = { ...ourLabels(deployment, more.t ? 'root' : 'layer'), ...whose };
    return engineBuild(
      docker,
      {
        ...rest,
        what,
        buildargs: { ...network.buildargs, DECKHAND_BASE: base, ...(root ? { ROOT: root } : {}) },
        labels: more.t ? { ...labels, [label.fingerprint]: spec.fingerprint } : labels,
        networkmode: network.mode,
        memory: limits.memoryBytes,
        memswap: limits.memoryBytes,
        cpuperiod: cpuPeriod,
        cpuquota: limits.cpus * cpuPeriod,
        // No single file passes it, however quickly it is written.
        ulimits: JSON.stringify([{ Name: 'fsize', Soft: limits.diskBytes, Hard: limits.diskBytes }]),
        rm: true,
        forcerm: true,
      },
      listening,
    );
  };
  const mark = { ...ourLabels(deployment, 'layer'), ...whose };
  const find = (name: string) =>
    findSource({ docker, base, shared: workshop.sharedImages, labels: mark }, name, listening);
  const source = async (): Promise<Result<{ id: string }>> => {
    const { from } = spec;
    if ('image' in from) return find(from.image);
    let refused: Result & { ok: false } = failure('internal', 'The Dockerfile was not read.');
    const context = withDockerfile(from.context, from.dockerfile, async text => {
      const asked = dockerfileFor(text, from);
      const confined = await confineDockerfile(asked, { base, find, labels: mark });
      if (!confined.ok) {
        refused = confined;
        throw new Refused(confined.message);
      }
      for (const note of confined.notes) listening.onLog(`${note}\n`);
      return confined.text;
    });
    const built = await build(from.dockerfile, { context, dockerfile: from.dockerfile });
    if (built.ok || !(context.errored instanceof Refused)) return built;
    return { ...refused, message: `${from.dockerfile} failed: ${refused.message}` };
  };
  try {
    const found = await source();
    if (!found.ok) return found;
    const ours = await isBuiltOn(docker, found.id, base);
    const overlay = ours ? 'ARG ROOT\nFROM $ROOT\n' : await overlayDockerfile();
    if (!ours) listening.onLog("Laying Deckhand's runtime over it\n");
    const what =
      'image' in spec.from ? `The image ${spec.from.image}` : `The image of ${spec.from.dockerfile}`;
    const made = await build(what, { context: contextOf(overlay), root: found.id, t: spec.image });
    if (made.ok) return { ok: true, image: spec.image };
    const [, why] = /^deckhand: (.*)$/m.exec(made.message) ?? [];
    return why ? failure('bad_request', `${what} cannot be used: ${why}.`) : made;
  } catch (error) {
    if (!watch.signal.aborted || given.signal.aborted) throw error;
    return failure('bad_request', `The build was ended: ${(watch.signal.reason as Error).message}.`);
  } finally {
    await watch.close();
    await network.close();
  }
}

/** What the engine says it cannot limit; undefined where it can limit all. */
async function whatIsUnlimited(docker: Docker): Promise<string | undefined> {
  const about: { MemoryLimit?: boolean; PidsLimit?: boolean } = await docker.info();
  if (about.MemoryLimit === false) return 'the memory';
  return about.PidsLimit === false ? 'the processes' : undefined;
}

/** The Dockerfile asks for what it may not have. */
class Refused extends Error {}

async function isBuiltOn(docker: Docker, image: string, base: string): Promise<boolean> {
  const [above, below] = await Promise.all([image, base].map(each => docker.getImage(each).inspect()));
  const layers = below?.RootFS.Layers ?? [];
  return layers.length > 0 && layers.every((layer, i) => above?.RootFS.Layers?.[i] === layer);
}

async function listRoots(docker: Docker, deployment: string): Promise<RootImage[]> {
  const found = await docker.listImages({ filters: only(deployment, 'root') });
  const named = found.flatMap(({ RepoTags }) =>
    (RepoTags ?? []).filter(tag => tag.startsWith(`${repository}:${deployment}-`)),
  );
  const all = await Promise.all(
    named.map(async image => ({ image, about: await unlessGone(docker.getImage(image).inspect()) })),
  );
  return all.flatMap(({ image, about }) => {
    if (!about) return [];
    const labels = about.Config.Labels ?? {};
    // An image that came out of the builder's cache was created long ago.
    const tagged = 'Metadata' in about ? Date.parse(lastTagTime(about.Metadata)) : Number.NaN;
    const created = Date.parse(about.Created);
    return {
      image,
      repoId: labels[label.repo] ?? '',
      fingerprint: labels[label.fingerprint] ?? '',
      usedAtMs: Number.isNaN(tagged) || tagged < created ? created : tagged,
      bytes: about.Size,
    };
  });
}

const lastTagTime = (metadata: unknown): string =>
  String((metadata as { LastTagTime?: string } | null)?.LastTagTime ?? '');

async function removeRoot(docker: Docker, deployment: string, image: string): Promise<boolean> {
  if (!image.startsWith(`${repository}:${deployment}-`)) return true;
  try {
    await unlessGone(docker.getImage(image).remove());
    return true;
  } catch (error) {
    if (statusOf(error) === 409) return false;
    throw error;
  }
}

/**
 * Removes roots that nobody wants and are older; and layers under none of them, which builds left that failed, were cut
 * off or had several stages. A build that runs may still need such.
 */
export async function forgetRoots(
  docker: Docker,
  deployment: string,
  { wanted, olderThanMs, nowMs }: { wanted: ReadonlySet<string>; olderThanMs: number; nowMs: number },
): Promise<string[]> {
  const removed: string[] = [];
  for (const { image, usedAtMs } of await listRoots(docker, deployment)) {
    if (wanted.has(image) || nowMs - usedAtMs < olderThanMs) continue;
    // One that the engine will not let go of keeps no other from going.
    const gone = await removeRoot(docker, deployment, image).catch(error => {
      if (isEngineDown(error)) throw error;
      return false;
    });
    if (gone) removed.push(image);
  }
  if ((await docker.listContainers({ filters: only(deployment, 'build') })).length > 0) return removed;
  for (const role of ['layer', 'root'] as const) {
    const filters = { ...only(deployment, role), dangling: ['true'] };
    for (const { Id, Created } of await docker.listImages({ filters }))
      if (nowMs - Created * 1000 >= olderThanMs)
        // One that a container runs from refuses; none keeps another from going.
        await unlessGone(docker.getImage(Id).remove()).catch(error => {
          if (isEngineDown(error)) throw error;
        });
  }
  return removed;
}
