import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { GitResult } from '../platform/git.ts';

/** The part of a mirror that is needed here. */
type Fetching = {
  dir: string;
  git: (args: string[]) => Promise<GitResult>;
  remote: (args: string[], access: 'read') => Promise<GitResult>;
};

/** Nobody looks here: what is not whole yet is no base of any work. */
const aside = 'refs/deckhand-first/head';
const firstCommits = 50;
const mostBreaks = 60;

/** git's words for a connection that ended in the middle, or took longer than git is let run. */
const brokeOff =
  /early EOF|unexpected disconnect|hung up|RPC failed|[Cc]onnection (was )?reset|transfer closed|timed? ?out|took too long|index-pack failed|invalid index-pack/;

export const isBrokenOff = (fetched: GitResult): boolean => !fetched.ok && brokeOff.test(fetched.stderr);

/** Whether the first fetch of a mirror was begun in steps, and is not at its end. */
export const isUnfinished = ({ dir }: Pick<Fetching, 'dir'>): boolean => existsSync(join(dir, 'shallow'));

/**
 * The history of the default branch into an empty mirror, newest commits first, some at a time: git cannot go on within
 * a pack that broke off, and so what was fetched in one piece would begin from zero each time. Each step stays, also
 * when the server ends in between. After it one ordinary fetch brings what is left.
 */
export async function fetchInSteps(mirror: Fetching): Promise<GitResult> {
  const ask = (depth: string) =>
    mirror.remote(['fetch', '--quiet', '--no-tags', depth, 'origin', `+HEAD:${aside}`], 'read');
  let breaks = 0;
  let commits = firstCommits;
  let isBegun = isUnfinished(mirror);
  for (;;) {
    const fetched = await ask(isBegun ? `--deepen=${commits}` : '--depth=1');
    if (fetched.ok) {
      isBegun = true;
      if (!isUnfinished(mirror)) return fetched;
      breaks = 0;
      commits *= 2;
    } else {
      breaks += 1;
      // One commit that does not come through in several tries is more than the connection bears.
      const isHopeless = (commits === 1 || !isBegun) && breaks >= 3;
      if (!isBrokenOff(fetched) || isHopeless || breaks >= mostBreaks) return fetched;
      commits = Math.max(1, Math.floor(commits / 4));
    }
  }
}

/** Once all is there under its own names. */
export async function forgetSteps(mirror: Fetching): Promise<void> {
  await mirror.git(['update-ref', '-d', aside]);
}
