import { failure, type Result } from '@deckhand/shared';
import type { Mirror } from '../../repos/mirror.ts';
import { freshMs } from '../acquire/startSandbox.ts';
import type { Synced } from '../acquire/syncGate.ts';
import { environmentAt } from '../environments/readEnvironment.ts';
import type { Hands } from '../hands.ts';
import { runCommand } from '../images/commands.ts';
import type { Ownership } from '../lifecycle/ownership.ts';
import type { Sandboxes } from '../sandboxes.ts';
import { installed, syncTo, wantsInstall } from './checkout.ts';

/** A remote that is silent for longer does not hold up a session: it goes on at its image's commit. */
const patienceMs = 30_000;

/** Moves a sandbox on to the newest commit of the base branch. */
export async function catchUp(
  hands: Hands,
  mirror: Mirror,
  { branch, from, lockFiles }: { branch: string; from: string; lockFiles: string[] },
): Promise<Synced> {
  const slow = Promise.withResolvers<Result>();
  const late = () => slow.resolve(failure('repo_unreachable', 'The remote did not answer in time.'));
  const timer = setTimeout(late, patienceMs);
  const fetched = await Promise.race([mirror.fetch(freshMs), slow.promise]);
  clearTimeout(timer);
  if (!fetched.ok) return fetched;
  const base = await mirror.base();
  if (!base.ok) return base;
  if (base.sha === from) return { ok: true, baseSha: from };
  const moved = await syncTo(hands, mirror, { branch, from, to: base.sha, lockFiles });
  return moved.ok ? { ok: true, baseSha: base.sha } : moved;
}

const keptChars = 500;

/** Runs the install of the commit that lies there where what it depends on changed since it ran last. */
export async function installIfWanted(
  sandboxes: Sandboxes,
  hands: Hands,
  { record, commit }: { record: Ownership; commit: string },
): Promise<Result> {
  if (!(await wantsInstall(hands))) return { ok: true };
  const mirror = sandboxes.repos.mirror(record.repoId);
  const read = await environmentAt(mirror, commit);
  if (!read.ok) return failure('bad_request', read.message);
  const { environment } = read;
  if (!environment.install) return { ok: true };
  const secrets = await sandboxes.secrets.values(record.orgId, record.repoId, 'build');
  if (!secrets.ok) return secrets;
  const own = Object.fromEntries(secrets.values.map(({ name, value }) => [name, value]));
  const command = {
    name: 'install',
    command: environment.install,
    env: { ...environment.env, ...own },
    timeoutMs: environment.timeoutMs ?? sandboxes.commandTimeoutMs,
  };
  let lastWords = '';
  const write = (text: string) => {
    lastWords = (lastWords + text).slice(-keptChars);
  };
  const done = await runCommand(hands, command, { write });
  if (done.ok) {
    await installed(hands);
    return done;
  }
  sandboxes.log.info({ sandboxId: record.sandboxId, repoId: record.repoId }, done.message);
  return failure('bad_request', `What dependencies are installed from changed, and ${done.message}.`);
}
