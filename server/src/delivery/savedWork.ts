import { createReadStream } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { failure, type Result } from '@deckhand/shared';
import type { Blobs } from '../platform/blobs.ts';
import { isSha } from '../platform/git.ts';
import { takeIn } from '../repos/quarantine.ts';
import type { Repos } from '../repos/repos.ts';
import { receive } from '../sandboxes/untrusted/bounded.ts';
import { readBundle } from '../sandboxes/untrusted/bundle.ts';
import { trashOf } from '../sessions/retention/table.ts';
import { bundleBlob } from '../sessions/store/keys.ts';
import type { Meta } from '../sessions/store/meta.ts';
import { withForebears } from './forkedFrom.ts';
import { restoreLfs } from './lfsWork.ts';

/** By commit alone, as versions before this one kept them. Read, never written. */
const formerKey = (sha: string) => `bundles/${sha}.bundle`;
const sessionRef = (sessionId: string) => `refs/deckhand/${sessionId}`;

const bounds = { what: 'The saved work', maxBytes: 512 * 1024 * 1024, timeoutMs: 5 * 60_000 };

export type RestoreDeps = { blobs: Blobs; repos: Repos };
/** What a sandbox says of its work: ids by their form, nothing more. */
export type Claimed = { sha: string; head: string; base: string };

/**
 * Brings saved work out of the sandbox and verifies what was said of it: into the mirror under the session's ref, then
 * into the blob store. Only what git found whole, and to be the commit that was named, is kept.
 */
export async function takeWork(
  deps: RestoreDeps,
  bundle: () => Readable,
  { meta, claimed }: { meta: Pick<Meta, 'id' | 'repo' | 'refSha' | 'baseSha'>; claimed: Claimed },
): Promise<Result> {
  const { sha, head, base } = claimed;
  const mirror = deps.repos.mirror(meta.repo ?? '');
  if (base !== meta.baseSha && !(await mirror.isPublic(base)))
    return untrue('what it stands on is no commit of the repository');
  if (!(await mirror.isAncestor(sha, base))) {
    const stored =
      sha === meta.refSha
        ? await restoreBundle(deps, { sessionId: meta.id, repoId: meta.repo ?? '', sha })
        : await takeBundle(deps, bundle(), { meta, sha });
    if (!stored.ok) return stored;
  }
  return (await mirror.isAncestor(head, sha)) ? { ok: true } : untrue('its last commit is not part of it');
}

async function takeBundle(
  deps: RestoreDeps,
  bundle: Readable,
  { meta, sha }: { meta: Pick<Meta, 'id' | 'repo'>; sha: string },
): Promise<Result> {
  const file = await deps.blobs.aside();
  try {
    const received = await receive(bundle, file, bounds);
    if (!received.ok) return received;
    const taken = await verify(deps, { file, sessionId: meta.id, repoId: meta.repo ?? '', sha });
    if (!taken.ok) return taken;
    const key = bundleBlob(meta.id, sha);
    if ((await deps.blobs.file(key)) === null) await deps.blobs.putFile(key, file);
    return { ok: true };
  } finally {
    await rm(file, { force: true });
  }
}

/** Makes sure that the mirror has a session's saved work, from the blob store where it has not. */
export async function restoreBundle(
  deps: RestoreDeps,
  work: { sessionId: string; repoId: string; sha: string },
): Promise<Result> {
  const { sessionId, repoId, sha } = work;
  if (!isSha(sha)) return failure('internal', 'The saved work of this session has no id of git’s form.');
  const mirror = deps.repos.mirror(repoId);
  if ((await mirror.resolve(sessionRef(sessionId))) === sha) return { ok: true };
  const file = await findBundle(deps.blobs, sessionId, sha);
  if (file) {
    const verified = await verify(deps, { file, ...work });
    if (verified.ok) await restoreLfs({ blobs: deps.blobs, mirror, sessionId, sha });
    return verified;
  }
  if (await mirror.resolve(sha)) return { ok: true };
  return failure('internal', `The saved work ${sha} of this session is not in the blob store.`);
}

/** The saved work of one session for another that goes on from it: verified, and kept there as its own. */
export async function adoptWork(
  deps: RestoreDeps,
  work: { from: string; to: string; repoId: string; sha: string },
): Promise<Result> {
  const { from, to, repoId, sha } = work;
  const restored = await restoreBundle(deps, { sessionId: from, repoId, sha });
  if (!restored.ok) return restored;
  const file = await findBundle(deps.blobs, from, sha);
  if (file) await deps.blobs.put(bundleBlob(to, sha), createReadStream(file));
  return restoreBundle(deps, { sessionId: to, repoId, sha });
}

async function findBundle(blobs: Blobs, sessionId: string, sha: string): Promise<string | null> {
  for await (const owner of withForebears(blobs, sessionId)) {
    const key = bundleBlob(owner, sha);
    const file = (await blobs.file(key)) ?? (await blobs.file(trashOf(key)));
    if (file) return file;
  }
  return blobs.file(formerKey(sha));
}

/**
 * Makes sure that the mirror has what a turn of a session saved, so that it can be looked at: verified as ever, and
 * beside the session's own ref, which stays where the session stands.
 */
export async function showBundle(
  deps: RestoreDeps,
  work: { sessionId: string; repoId: string; sha: string },
): Promise<Result> {
  const { sessionId, repoId, sha } = work;
  if (await deps.repos.mirror(repoId).resolve(sha)) return { ok: true };
  const file = await findBundle(deps.blobs, sessionId, sha);
  if (!file) return failure('not_found', 'The saved work of that turn is not kept any more.');
  return verify(deps, { file, ...work, ref: `refs/deckhand-shown/${sessionId}` });
}

async function verify(
  deps: RestoreDeps,
  work: { file: string; sessionId: string; repoId: string; sha: string; ref?: string },
): Promise<Result> {
  const { file, sessionId, repoId, sha, ref = sessionRef(sessionId) } = work;
  const head = await readBundle(file);
  if (!head.ok) return head;
  if (head.refs.length !== 1 || head.refs[0]?.sha !== sha) return untrue('it names another commit');
  const { size } = await stat(file);
  const claim = { file, packAt: head.packAt, bytes: size, sha };
  return takeIn(deps.repos.mirror(repoId), claim, ref);
}

const untrue = (why: string) =>
  failure('sandbox_lost', `The saved work that came out of the sandbox was not taken: ${why}.`);
