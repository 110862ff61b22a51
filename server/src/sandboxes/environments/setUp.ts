import type { Result } from '@deckhand/shared';
import type { Mirror } from '../../repos/mirror.ts';
import type { Hands } from '../hands.ts';
import type { Ownership } from '../lifecycle/ownership.ts';
import type { Sandboxes } from '../sandboxes.ts';
import { toFailure } from '../worktree/script.ts';
import type { Environment } from './environment.ts';
import { environmentAt } from './readEnvironment.ts';
import { startEnvironment } from './start.ts';

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
  const own = Object.fromEntries(secrets.values.map(({ name, value }) => [name, value]));
  const content = Buffer.from(JSON.stringify({ env: { ...env, ...own } }));
  const put = await hands.put(environmentFile, content, 0o600);
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

/** Where there is no image nothing is installed, so nothing is started; the variables are there all the same. */
export async function setUpBare(
  sandboxes: Sandboxes,
  hands: Hands,
  { place, mirror, commit }: { place: Place; mirror: Mirror; commit: string },
): Promise<Result> {
  const read = await environmentAt(mirror, commit);
  return giveVariables(sandboxes, hands, { place, env: read.ok ? read.environment.env : {} });
}
