import type { Result } from '@deckhand/shared';
import type { Hands } from '../hands.ts';
import type { Ownership } from '../lifecycle/ownership.ts';
import type { Sandboxes } from '../sandboxes.ts';
import { wantsInstall } from '../worktree/checkout.ts';
import { toFailure } from '../worktree/script.ts';
import type { Environment } from './environment.ts';
import { environmentAt } from './readEnvironment.ts';
import { startEnvironment } from './start.ts';
import { trustAuthority } from './trustAuthority.ts';

/** In memory: neither a snapshot nor a fork holds it. */
const environmentFile = '/run/deckhand/environment.json';

type Place = Pick<Ownership, 'orgId' | 'repoId' | 'sandboxId'>;

/** What commands in the sandbox are to see: the environment's own variables and the repository's secrets. */
export async function giveVariables(
  sandboxes: Sandboxes,
  hands: Hands,
  { place, env }: { place: Place; env: Record<string, string> },
): Promise<Result> {
  const secrets = await sandboxes.secrets.values(place.orgId, place.repoId, 'run');
  if (!secrets.ok) return secrets;
  const trust = await trusted(sandboxes, hands, place);
  if (!trust.ok) return trust;
  const own = Object.fromEntries(secrets.values.map(({ name, value }) => [name, value]));
  return putVariables(hands, { ...env, ...trust.env, ...own });
}

/** While an image is built: its secrets are its steps' own, and what is of this sandbox alone stays out of it. */
export async function giveBuildTrust(sandboxes: Sandboxes, hands: Hands, place: Place): Promise<Result> {
  const trust = await trusted(sandboxes, hands, place);
  return trust.ok ? putVariables(hands, trust.env) : trust;
}

async function trusted(
  { egress }: Sandboxes,
  hands: Hands,
  place: Place,
): Promise<Result<{ env: Record<string, string> }>> {
  const authority = await egress.authorityFor(place);
  return authority === null ? { ok: true, env: {} } : trustAuthority(hands, authority);
}

async function putVariables(hands: Hands, env: Record<string, string>): Promise<Result> {
  const put = await hands.put(environmentFile, Buffer.from(JSON.stringify({ env })), 0o600);
  return put.ok ? { ok: true } : toFailure(put);
}

/** A sandbox with the repository made ready in it: its variables, then all that the environment starts. */
export async function setUpEnvironment(
  sandboxes: Sandboxes,
  hands: Hands,
  { place, environment }: { place: Place; environment: Environment },
): Promise<Result> {
  const given = await giveVariables(sandboxes, hands, { place, env: environment.env });
  if (!given.ok) return given;
  const { sandboxId, repoId } = place;
  for (const { ok, message } of await startEnvironment(hands, environment))
    if (!ok) sandboxes.log.warn({ sandboxId, repoId }, message);
  return { ok: true };
}

/**
 * Where there was no image: the variables, and what a sandbox that was made ready before has to start again. What is
 * still to be made ready starts by itself.
 */
export async function setUpBare(
  sandboxes: Sandboxes,
  hands: Hands,
  { place, commit, entered }: { place: Place; commit: string; entered: boolean },
): Promise<Result> {
  const read = await environmentAt(sandboxes.repos.mirror(place.repoId), commit);
  if (!read.ok) return giveVariables(sandboxes, hands, { place, env: {} });
  const { environment } = read;
  if (entered || (await wantsInstall(hands)) === 'all')
    return giveVariables(sandboxes, hands, { place, env: environment.env });
  return setUpEnvironment(sandboxes, hands, { place, environment });
}
