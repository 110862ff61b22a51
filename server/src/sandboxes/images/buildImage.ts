import { setTimeout } from 'node:timers/promises';
import { newId, type Result } from '@deckhand/shared';
import { createMask } from '../acquire/secretMask.ts';
import { giveBuildTrust } from '../environments/setUp.ts';
import { startEnvironment } from '../environments/start.ts';
import type { Hands } from '../hands.ts';
import type { Ownership } from '../lifecycle/ownership.ts';
import type { Sandboxes } from '../sandboxes.ts';
import { checkOut } from '../worktree/checkout.ts';
import type { Image } from './imageRecords.ts';
import { findSecrets, keepOnlyCaches, tidyTree } from './imageTree.ts';
import type { Plan } from './plan.ts';
import { rootOf } from './root.ts';
import { makeReady, runStep, type Steps } from './steps.ts';

export type BuildRequest = {
  buildId: string;
  orgId: string;
  plan: Plan;
  /** From nothing, rather than from the image before. */
  clean: boolean;
  /** Longest run of one command, where the environment says nothing else. */
  timeoutMs: number;
  write: (text: string) => void;
  signal: AbortSignal;
};

/** `image` null: it would lack what the one in service lacks, so that one stays. */
export type Built = { image: Image | null; warnings: string[] };

/** Builds one image: a sandbox runs the environment's commands, and its disk is kept. */
export async function buildImage(sandboxes: Sandboxes, request: BuildRequest): Promise<Result<Built>> {
  const { plan, buildId, orgId } = request;
  const startedAtMs = Date.now();
  const mask = createMask(plan.secrets).stream();
  const masked: BuildRequest = { ...request, write: text => request.write(mask.push(text)) };
  const engine = await sandboxes.engine();
  if (!engine.ok) return engine;
  await roomFor(sandboxes, request);
  const root = await rootOf(engine.driver, masked);
  if (!root.ok) return root;
  const record: Ownership = {
    sandboxId: newId('sandbox'),
    owner: 'build',
    claimId: buildId,
    repoId: plan.mirror.repo.id,
    orgId,
    createdAtMs: startedAtMs,
  };
  await sandboxes.records.add(record);
  try {
    const from = request.clean ? null : plan.before;
    const made = await sandboxes.make(record, 0, {
      ...(from ? { disk: from.disk } : {}),
      ...(root.image ? { root: root.image } : {}),
    });
    if (!made.ok) return made;
    const trusts = await giveBuildTrust(sandboxes, made.hands, record);
    if (!trusts.ok) return trusts;
    const done = await fill(made.hands, masked, from);
    if (!done.ok) return done;
    const warnings = [...done.lacks, ...done.warnings];
    const gainsNothing = done.lacks.length >= (plan.before?.lacks.length ?? Number.POSITIVE_INFINITY);
    if (plan.again && gainsNothing) return { ok: true, image: null, warnings };
    const disk = `image-${newId('image')}`;
    const { commit, branch, fingerprints, environment, mirror } = plan;
    const labels = {
      repo: mirror.repo.id,
      commit,
      fingerprint: fingerprints.all,
      built: new Date().toISOString(),
    };
    request.signal.throwIfAborted();
    const kept = await sandboxes.keepAs(record, disk, { kind: 'image', labels });
    if (!kept.ok) return kept;
    const image: Image = {
      imageId: disk.slice('image-'.length),
      repoId: mirror.repo.id,
      disk,
      root: root.image,
      commit,
      branch,
      fingerprint: fingerprints.all,
      rootFingerprint: fingerprints.root,
      // What it lacks is tried again by the next build.
      installFingerprint: done.lacks.length > 0 ? '' : fingerprints.install,
      environment,
      lacks: done.lacks,
      builtAtMs: Date.now(),
      durationMs: Date.now() - startedAtMs,
      bytes: kept.bytes,
    };
    return { ok: true, image, warnings };
  } finally {
    request.write(mask.end());
    await sandboxes.discard(record);
  }
}

const lookEveryMs = 2_000;

/** Sessions come first: a build waits until there is room for one more sandbox. */
async function roomFor({ capacity }: Sandboxes, { write, signal }: BuildRequest): Promise<void> {
  if (await capacity.hasRoom()) return;
  write('Waiting for room for another sandbox\n');
  while (!(await capacity.hasRoom())) await setTimeout(lookEveryMs, undefined, { signal });
}

/** Everything between an empty disk, or that of the image before, and one that sessions start from. */
async function fill(
  hands: Hands,
  request: BuildRequest,
  from: Image | null,
): Promise<Result<{ lacks: string[]; warnings: string[] }>> {
  const { plan, write } = request;
  const { environment, fingerprints, commit } = plan;
  const sameRoot = from?.rootFingerprint === fingerprints.root;
  if (from && !sameRoot) {
    write('The root file system changed: only the caches of the image before are kept.\n');
    const kept = await keepOnlyCaches(hands, environment.caches);
    if (!kept.ok) return kept;
  }
  write(
    `Checking out ${commit.slice(0, 12)} of ${plan.branch}${from ? `, from ${from.commit.slice(0, 12)}` : ''}\n`,
  );
  const out = await checkOut(hands, plan.mirror, {
    branch: 'deckhand-warm',
    baseSha: commit,
    refSha: null,
    author: { name: 'Deckhand', email: 'deckhand@users.deckhand.invalid' },
    has: from?.commit,
  });
  if (!out.ok) return out;

  const installed = sameRoot && from?.installFingerprint === fingerprints.install;
  if (installed) write('Nothing that install depends on changed: it is not run again.\n');
  const ready = await makeReady(hands, stepsOf(request), { installed });
  if (!ready.ok) return ready;
  const warnings = await warm(hands, request);
  await hands.killAll();
  const tidied = await tidyTree(hands, commit);
  if (!tidied.ok) return tidied;
  const clean = await findSecrets(hands, plan.secrets);
  return clean.ok ? { ok: true, lacks: ready.warnings, warnings } : clean;
}

const stepsOf = ({ plan, timeoutMs, write, signal }: BuildRequest): Steps => ({
  environment: plan.environment,
  secrets: plan.secrets,
  timeoutMs,
  write,
  signal,
});

/** Fills caches. A test that fails on the base branch is no reason to do without an image, but one to say so. */
async function warm(hands: Hands, request: BuildRequest): Promise<string[]> {
  const { environment } = request.plan;
  if (!environment.warm) return [];
  if (environment.start) await startEnvironment(hands, { ...environment, services: {} });
  const done = await runStep(hands, stepsOf(request), { name: 'warm', command: environment.warm });
  return done.ok ? [] : [done.message];
}
