import { failure, type Result } from '@deckhand/shared';
import { createMask } from '../acquire/secretMask.ts';
import { environmentAt } from '../environments/readEnvironment.ts';
import { startEnvironment } from '../environments/start.ts';
import type { Hands } from '../hands.ts';
import { install, makeReady, type Ready, type Steps } from '../images/steps.ts';
import type { Ownership } from '../lifecycle/ownership.ts';
import type { Sandboxes } from '../sandboxes.ts';
import { installed, wantsInstall } from './checkout.ts';
import { followOutput } from './installProgress.ts';
import { runScript } from './script.ts';

type Wanted = {
  record: Ownership;
  /** The one whose environment counts. */
  commit: string;
  /** Nobody writes there until this is over: what it leaves in the tree is its own, and goes. */
  alone: boolean;
  /** Hears now and then what is being done; a short sentence. */
  tell: (detail: string) => void;
};

/**
 * Runs what is still to be run before commands find what they need: the install of a lock file that changed, or, where
 * the sandbox was made from no image, all that a build of the image would have run. What fails says so with the end of
 * its output; it is tried again with the next prompt.
 */
export async function installIfWanted(
  sandboxes: Sandboxes,
  hands: Hands,
  { record, commit, alone, tell }: Wanted,
): Promise<Result> {
  const wants = await wantsInstall(hands);
  if (!wants) return { ok: true };
  const mirror = sandboxes.repos.mirror(record.repoId);
  const read = await environmentAt(mirror, commit);
  if (!read.ok) return failure('bad_request', read.message);
  const { environment } = read;
  const secrets = await sandboxes.secrets.values(record.orgId, record.repoId, 'build');
  if (!secrets.ok) return secrets;
  const mask = createMask(secrets.values).stream();
  const output = followOutput(tell);
  const write = (text: string) => output.push(mask.push(text));
  const timeoutMs = sandboxes.commandTimeoutMs;
  const steps: Steps = { environment, secrets: secrets.values, timeoutMs, write };
  const noted: Result = alone ? await runScript(hands, 'before-install', []) : { ok: true };
  if (!noted.ok) return noted;
  const done = wants === 'all' ? await allOf(hands, steps) : await install(hands, steps);
  const tidied: Result = alone ? await runScript(hands, 'after-install', []) : { ok: true };
  output.push(mask.end());
  if (done.ok && tidied.ok) {
    await installed(hands);
    // Said like a failure, and not tried again.
    return done.warnings.length === 0
      ? { ok: true }
      : failure('bad_request', `${done.warnings.join(' ')}${output.end()}`);
  }
  if (done.ok) return tidied;
  sandboxes.log.info({ sandboxId: record.sandboxId, repoId: record.repoId }, done.message);
  const why =
    wants === 'all'
      ? 'The repository was to be made ready in this sandbox'
      : 'What dependencies are installed from changed';
  return failure(
    'bad_request',
    `${why}, and ${done.message}. It is tried again with the next prompt.${output.end()}`,
  );
}

async function allOf(hands: Hands, steps: Steps): Promise<Ready> {
  const made = await makeReady(hands, steps, { installed: false });
  // What failed may not be what `start` needs.
  if (steps.environment.start) await startEnvironment(hands, { ...steps.environment, services: {} });
  return made;
}
