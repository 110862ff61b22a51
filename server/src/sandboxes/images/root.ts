import { relative } from 'node:path/posix';
import { Readable } from 'node:stream';
import { failure, type Result } from '@deckhand/shared';
import tar from 'tar-stream';
import type { SandboxDriver } from '../driver.ts';
import type { Rootfs } from '../environments/environment.ts';
import { toFailure } from '../worktree/script.ts';
import type { Plan } from './plan.ts';

export type RootRequest = {
  plan: Pick<Plan, 'mirror' | 'commit' | 'environment' | 'fingerprints'>;
  timeoutMs: number;
  write: (text: string) => void;
  signal: AbortSignal;
};

/** The root file system that the environment names, made where it is not there yet; null: the base image. */
export async function rootOf(
  driver: SandboxDriver,
  { plan, timeoutMs, write, signal }: RootRequest,
): Promise<Result<{ image: string | null }>> {
  const { rootfs } = plan.environment;
  const common = { repoId: plan.mirror.repo.id, fingerprint: plan.fingerprints.root, timeoutMs, signal };
  if (isPlainBase(rootfs)) return { ok: true, image: null };
  const { packages = [] } = rootfs;
  if (rootfs.kind === 'image' && packages.length === 0)
    return settled(await driver.buildRoot({ ...common, from: { image: rootfs.image } }, write));
  if (rootfs.kind !== 'dockerfile') {
    const text = `FROM ${rootfs.kind === 'image' ? rootfs.image : '$DECKHAND_BASE'}\n`;
    const from = { dockerfile: ofFeatures, context: contextWith(text), packages };
    return settled(await driver.buildRoot({ ...common, from }, write));
  }
  const dockerfile = relative(rootfs.context, rootfs.path);
  if (dockerfile.startsWith('..'))
    return failure(
      'bad_request',
      `${rootfs.path} lies outside its context ${rootfs.context}: Docker cannot see it there.`,
    );
  const context = plan.mirror.archive(plan.commit, rootfs.context);
  return settled(
    await driver.buildRoot(
      { ...common, from: { dockerfile, context, args: rootfs.args, target: rootfs.target, packages } },
      write,
    ),
  );
}

/** Our base image as it is: nothing is to be made. */
export const isPlainBase = (rootfs: Rootfs): boolean =>
  rootfs.kind === 'base' && (rootfs.packages ?? []).length === 0;

/** As its log and messages call it. */
const ofFeatures = 'devcontainer-features';

function contextWith(text: string): Readable {
  const pack = tar.pack();
  pack.entry({ name: ofFeatures }, text);
  pack.finalize();
  return Readable.from(pack);
}

const settled = (built: Awaited<ReturnType<SandboxDriver['buildRoot']>>) =>
  built.ok ? { ok: true as const, image: built.image } : toFailure(built);
