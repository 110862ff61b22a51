import { failure, type Result } from '@deckhand/shared';
import type { Mirror } from '../../repos/mirror.ts';
import type { SandboxDriver } from '../driver.ts';
import type { Environment } from '../environments/environment.ts';
import { fingerprintsOf } from '../environments/fingerprint.ts';
import { environmentAt } from '../environments/readEnvironment.ts';
import type { NamedSecret } from '../environments/secrets.ts';
import type { Image } from './imageRecords.ts';

/** What is to be built, from what. */
export type Plan = {
  mirror: Mirror;
  commit: string;
  branch: string;
  environment: Environment;
  fingerprints: { all: string; root: string; install: string };
  secrets: NamedSecret[];
  /** The image in service, where its disk is still there. */
  before: Image | null;
  /** The image in service is just this: there is nothing to build. */
  unchanged: boolean;
  /** It is, but it lacks something that may be had by now. */
  again: boolean;
};

export type PlanDeps = {
  driver: SandboxDriver;
  secrets: () => Promise<Result<{ values: NamedSecret[] }>>;
  good: Image | null;
};

/** Looks at the remote and at what the repository says of itself. */
export async function planBuild(deps: PlanDeps, mirror: Mirror): Promise<Result<{ plan: Plan }>> {
  const fetched = await mirror.fetch();
  if (!fetched.ok) return fetched;
  const base = await mirror.base();
  if (!base.ok) return base;
  const { sha: commit, branch } = base;
  const read = await environmentAt(mirror, commit);
  if (!read.ok) return failure('bad_request', read.message);
  const { environment } = read;
  const secrets = await deps.secrets();
  if (!secrets.ok) return secrets;
  const { driver } = deps;
  const tag = await driver.baseImage();
  if (!tag.ok) return failure('engine_down', tag.message);
  const fingerprints = await fingerprintsOf(environment, {
    base: tag.tag,
    treeOf: path => mirror.objectId(commit, path),
    secrets: secrets.values,
  });
  const disks = new Set((await driver.listDisks()).map(disk => disk.name));
  const before = deps.good && disks.has(deps.good.disk) ? deps.good : null;
  const same = before?.commit === commit && before.fingerprint === fingerprints.all;
  const [unchanged, again] = [same && before.lacks.length === 0, same && before.lacks.length > 0];
  const values = secrets.values;
  return {
    ok: true,
    plan: { mirror, commit, branch, environment, fingerprints, secrets: values, before, unchanged, again },
  };
}
