import { failure, type Result } from '@deckhand/shared';
import { fingerprintsOf } from '../environments/fingerprint.ts';
import { environmentAt } from '../environments/readEnvironment.ts';
import type { Sandboxes } from '../sandboxes.ts';
import { followOutput } from '../worktree/installProgress.ts';
import { isPlainBase, rootOf } from './root.ts';

/** As old as what a sandbox begins from may be. */
const freshMs = 2_000;

export type Telling = { signal?: AbortSignal | undefined; tell?: ((detail: string) => void) | undefined };

/**
 * The root file system of a sandbox that begins from no image: what its repository asks for, made here where no build
 * made it yet; null: the base image. A build that comes later finds it.
 */
export async function rootAhead(
  sandboxes: Sandboxes,
  repoId: string,
  { signal = new AbortController().signal, tell = () => {} }: Telling,
): Promise<Result<{ image: string | null }>> {
  const mirror = sandboxes.repos.mirror(repoId);
  // The checkout that follows shares this fetch.
  const fetched = await mirror.fetch(freshMs);
  const base = await mirror.base();
  if (!base.ok) return fetched.ok ? base : fetched;
  const { sha: commit } = base;
  const read = await environmentAt(mirror, commit);
  // What cannot be read is told where its commands were to be run.
  if (!read.ok || isPlainBase(read.environment.rootfs)) return { ok: true, image: null };
  const { environment } = read;
  const engine = await sandboxes.engine();
  if (!engine.ok) return engine;
  const tag = await engine.driver.baseImage();
  if (!tag.ok) return failure('engine_down', tag.message);
  const treeOf = (path: string) => mirror.objectId(commit, path);
  const fingerprints = await fingerprintsOf(environment, { base: tag.tag, treeOf, secrets: [] });
  const output = followOutput(tell);
  tell('Makes the root file system that the repository asks for');
  const timeoutMs = sandboxes.commandTimeoutMs;
  const plan = { mirror, commit, environment, fingerprints };
  return rootOf(engine.driver, { plan, timeoutMs, write: output.push, signal });
}
