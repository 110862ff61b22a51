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

/** Answers the first file that holds one of the lines on stdin: values are no arguments, which everyone sees. */
const findScript = 'grep -rlasF -f - /work | head -n 1';
const shortestChars = 6;

/** An image goes to many sessions: one that holds a secret of the build is not taken. */
export async function findSecrets(hands: Hands, secrets: NamedSecret[]): Promise<Result> {
  for (const { name, value } of secrets.filter(secret => secret.value.length >= shortestChars)) {
    const lines = value.split('\n').filter(line => line.length >= shortestChars);
    if (lines.length === 0) continue;
    const found = await hands.run(['/bin/sh', '-c', findScript], {
      clean: true,
      stdin: lines.join('\n'),
      timeoutMs: 5 * 60_000,
    });
    if (!found.ok) return toFailure(found);
    const path = found.stdout.toString('utf8').trim().slice(0, 500);
    if (path)
      return failure(
        'bad_request',
        `The build left secret ${name} in ${path}. Write it to /tmp instead, which no image keeps.`,
      );
  }
  return { ok: true };
}
