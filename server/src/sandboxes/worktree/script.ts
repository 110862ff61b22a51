import { readFileSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { type Failure, failure, type Result } from '@deckhand/shared';
import type { Hands } from '../hands.ts';

export type ScriptName =
  | 'adopt-head'
  | 'after-install'
  | 'base'
  | 'before-install'
  | 'bring-upstream'
  | 'changed-files'
  | 'checkout'
  | 'commit-file'
  | 'commit-work'
  | 'control-changes'
  | 'control-mark'
  | 'go-onwards'
  | 'has-submodule'
  | 'held-origin'
  | 'keep-only-caches'
  | 'lacks-lfs'
  | 'leave-submodule'
  | 'look-tree'
  | 'renew-repository'
  | 'repair-sync'
  | 'save-work'
  | 'saved-bundle'
  | 'set-author'
  | 'sync'
  | 'take-branch'
  | 'take-lfs'
  | 'take-origin'
  | 'take-submodule'
  | 'take-theirs'
  | 'task-commit'
  | 'task-leave'
  | 'task-merge'
  | 'task-tree'
  | 'tidy-tree'
  | 'uncommit'
  | 'want-all';

/** Where what the server sends lies until a script takes it in. */
export const inPack = '/work/.deckhand-in.pack';
const gitTimeoutMs = 5 * 60_000;
/** What our scripts answer is a few ids, or a list that bounds itself. */
const mostAnswerBytes = 4 * 1024 * 1024;
/** What goes before some of them, too. */
const shared: Partial<Record<ScriptName, string>> = {
  ...{ 'go-onwards': 'aside', 'take-theirs': 'aside' },
  ...{ 'task-tree': 'task', 'task-commit': 'task', 'task-merge': 'task', 'task-leave': 'task' },
  ...{ 'control-mark': 'task', 'control-changes': 'task' },
};

const textOf = (file: string) => readFileSync(new URL(`./scripts/${file}.sh`, import.meta.url), 'utf8');
const known = new Map<ScriptName, string>();

/** A script with what goes before it, as one text for `sh -euc`. Read once. */
export function scriptText(name: ScriptName): string {
  const before = shared[name];
  const text = known.get(name) ?? ['clean', ...(before ? [before] : []), name].map(textOf).join('\n');
  known.set(name, text);
  return text;
}

/** How a script of ours is started inside: by the image's own shell, in an environment that nobody in there gave. */
export const scriptRun = (name: ScriptName, args: string[]) => ({
  argv: ['/bin/sh', '-euc', scriptText(name), 'deckhand', ...args],
  options: { cwd: '/work', clean: true, timeoutMs: gitTimeoutMs } as const,
});

/** Runs a script of ours, with git's words where it fails. What it answers is not to be believed before it was checked. */
export async function runScript(
  hands: Hands,
  name: ScriptName,
  args: string[],
  stdin?: string | Readable,
): Promise<Result<{ stdout: string }>> {
  const { argv, options } = scriptRun(name, args);
  const done = await hands.run(argv, {
    ...options,
    ...(stdin === undefined ? {} : { stdin }),
    maxOutputBytes: mostAnswerBytes,
  });
  if (!done.ok) return toFailure(done);
  if (done.code === 0) return { ok: true, stdout: done.stdout.toString('utf8') };
  const said = done.stderr.toString('utf8').trim();
  if (/no space left|failed to write|unable to write/i.test(said))
    return failure(
      'disk_full',
      'The sandbox disk is full. Delete files in it, or raise DECKHAND_SANDBOX_DISK_BYTES.',
    );
  return failure('internal', `git failed in the sandbox: ${said.slice(-500) || `exit code ${done.code}`}`);
}

/** Codes of the channel that the contract does not have all mean that this connection is of no more use. */
export function toFailure(error: { code: string; message: string }): Failure {
  if (error.code === 'superseded' || error.code === 'closed') return failure('sandbox_lost', error.message);
  return failure(error.code as Failure['code'], error.message);
}
