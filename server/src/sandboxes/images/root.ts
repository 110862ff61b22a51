import { relative } from 'node:path/posix';
import { failure, type Result } from '@deckhand/shared';
import type { SandboxDriver } from '../driver.ts';
import { toFailure } from '../worktree/script.ts';
import type { Plan } from './plan.ts';

export type RootRequest = {
  plan: Plan;
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
  if (rootfs.kind === 'base') return { ok: true, image: null };
  if (rootfs.kind === 'image') return settled(await driver.buildRoot({ ...common, from: rootfs }, write));
  const dockerfile = relative(rootfs.context, rootfs.path);
  if (dockerfile.startsWith('..'))
    return failure(
      'bad_request',
      `${rootfs.path} lies outside its context ${rootfs.context}: Docker cannot see it there.`,
    );
  const context = plan.mirror.archive(plan.commit, rootfs.context);
  return settled(await driver.buildRoot({ ...common, from: { dockerfile, context } }, write));
}

const settled = (built: Awaited<ReturnType<SandboxDriver['buildRoot']>>) =>
  built.ok ? { ok: true as const, image: built.image } : toFailure(built);
