import { failure, type Result } from '@deckhand/shared';
import type { NamedSecret } from '../environments/secrets.ts';
import type { Hands } from '../hands.ts';
import { runScript, toFailure } from '../worktree/script.ts';

/** Of the home only these directories stay, of the repository its objects and nothing else. */
export const keepOnlyCaches = (hands: Hands, caches: string[]): Promise<Result> =>
  runScript(hands, 'keep-only-caches', caches);

/** What the build left in the tree goes, what git ignores stays. */
export const tidyTree = (hands: Hands, commit: string): Promise<Result> =>
  runScript(hands, 'tidy-tree', [commit]);

/**
 * Answers the first file that holds one of the lines on stdin: values are no arguments, which everyone sees. Its exit
 * code is that of grep: 0 found, 1 there is none, anything else: not all was looked at. Whatever the build put first in
 * its PATH does not look for it.
 */
const findScript = `
PATH=/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin
set -o pipefail
# What the file system keeps for itself, which nobody in here can write.
mapfile -d '' -t places < <(find /work -mindepth 1 -maxdepth 1 ! '(' -name lost+found -user 0 ')' -print0)
grep -rlaF -m 1 -f - -- /dev/null "\${places[@]}" | head -n 1
`;
const shortestChars = 6;
const noneFound = 1;
const scanMs = 5 * 60_000;

/**
 * An image goes to many sessions: one that holds a secret of the build is not taken, and neither is one that could not
 * be looked through to its end.
 */
export async function findSecrets(
  hands: Pick<Hands, 'run'>,
  secrets: NamedSecret[],
  timeoutMs = scanMs,
): Promise<Result> {
  // A sentinel is no secret: a file with it in an image is what it is for.
  for (const { name, value } of secrets.filter(each => !each.proxied && each.value.length >= shortestChars)) {
    const lines = value.split('\n').filter(line => line.length >= shortestChars);
    if (lines.length === 0) continue;
    const found = await hands.run(['/bin/bash', '-c', findScript], {
      clean: true,
      stdin: lines.join('\n'),
      timeoutMs,
    });
    if (!found.ok) return toFailure(found);
    const path = found.stdout.toString('utf8').trim().slice(0, 500);
    if (path)
      return failure(
        'bad_request',
        `The build left secret ${name} in ${path}. Write it to /tmp instead, which no image keeps.`,
      );
    if (found.timedOut)
      return failure(
        'bad_request',
        `The build left more than can be searched for secret ${name} within ${Math.round(timeoutMs / 1000)} s. Let it write less to /work.`,
      );
    if (found.code !== noneFound) {
      const [why = ''] = found.stderr.toString('utf8').trim().split('\n');
      return failure('bad_request', `What the build left could not be searched for secret ${name}: ${why}`);
    }
  }
  return { ok: true };
}
