import { failure, type Result } from '@deckhand/shared';
import type { NamedSecret } from '../environments/secrets.ts';
import type { Hands } from '../hands.ts';
import { repoDir, shell, toFailure } from '../worktree/workspace.ts';

/** Arguments: directories in the home that stay, e.g. `.npm`. The repository keeps its objects and nothing else. */
const cachesScript = `
set -e
cd /work
rm -rf .deckhand-keep services
mkdir .deckhand-keep
for cache in "$@"; do
  [ -e "home/$cache" ] || continue
  mkdir -p ".deckhand-keep/$(dirname "$cache")" && mv "home/$cache" ".deckhand-keep/$cache"
done
rm -rf home && mv .deckhand-keep home
cd "${repoDir}" && git clean -ffdxq && git checkout --quiet -f HEAD
`;

export const keepOnlyCaches = (hands: Hands, caches: string[]): Promise<Result> =>
  shell(hands, cachesScript, caches);

/** A session must not find changes that nobody made: what the build left in the tree goes, what git ignores stays. */
const tidyScript = `
set -e
cd "${repoDir}"
rm -f .git/index.lock
git checkout --quiet -f -B deckhand-warm "$1"
git clean -ffdq
sync -f .
`;

export const tidyTree = (hands: Hands, commit: string): Promise<Result> => shell(hands, tidyScript, [commit]);

/** Answers the first file that holds one of the lines on stdin: values are no arguments, which everyone sees. */
const findScript = 'grep -rlasF -f - /work | head -n 1';
const shortestChars = 6;

/** An image goes to many sessions: one that holds a secret of the build is not taken. */
export async function findSecrets(hands: Hands, secrets: NamedSecret[]): Promise<Result> {
  for (const { name, value } of secrets.filter(secret => secret.value.length >= shortestChars)) {
    const lines = value.split('\n').filter(line => line.length >= shortestChars);
    if (lines.length === 0) continue;
    const found = await hands.run(['sh', '-c', findScript], {
      stdin: lines.join('\n'),
      timeoutMs: 5 * 60_000,
    });
    if (!found.ok) return toFailure(found);
    const path = found.stdout.toString('utf8').trim();
    if (path)
      return failure(
        'bad_request',
        `The build left secret ${name} in ${path}. Write it to /tmp instead, which no image keeps.`,
      );
  }
  return { ok: true };
}
