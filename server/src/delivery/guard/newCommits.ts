import { outputOf, readObjects, records, whole } from '../../platform/gitObjects.ts';
import type { Signature } from '../../sessions/store/meta.ts';
import { type GuardLimits, Refused } from './limits.ts';

/** What would leave: commits of `head` that the host does not have. */
export type Push = {
  /** Folder of the mirror. */
  dir: string;
  head: string;
  /** Commits that the host has, besides all branches that the mirror knows of it. */
  hosted: string[];
  signal: AbortSignal;
  limits: GuardLimits;
};

export type NewCommit = {
  sha: string;
  author: Signature;
  committer: Signature;
  message: string;
  /** All of it as git keeps it, signatures and merged tags among it. */
  raw: Buffer;
};

/** What `rev-list` is told to find new objects: everything that leads to the head, and nothing that is there already. */
export const newOnly = ({ head, hosted }: Push): string[] => [
  '--ignore-missing',
  ...[head, '--not', '--remotes=origin', ...hosted, '--'],
];

/** Newest first. Refuses what is no commit, what cannot be read, and more than anybody would look at. */
export async function newCommits(push: Push): Promise<NewCommit[]> {
  const { dir, head, signal, limits } = push;
  for await (const object of readObjects(dir, [head], signal))
    if (object.type !== 'commit') throw new Refused('What is to be pushed is no commit.');
  const args = ['rev-list', `--max-count=${limits.commits + 1}`, ...newOnly(push)];
  const shas = await Array.fromAsync(records(outputOf(dir, args, { signal }), '\n'));
  if (shas.length > limits.commits)
    throw new Refused(
      `It brings more than ${limits.commits} commits that the repository does not have, too many to be looked through.`,
    );
  const commits: NewCommit[] = [];
  for await (const object of readObjects(dir, shas, signal)) {
    if (object.bytes > limits.commitBytes)
      throw new Refused(`The message of commit ${short(object.sha)} is too long to be looked through.`);
    commits.push(parse(object.sha, await whole(object, limits.commitBytes)));
  }
  return commits;
}

export const short = (sha: string) => sha.slice(0, 12);

function parse(sha: string, raw: Buffer): NewCommit {
  const text = raw.toString('utf8');
  const end = text.indexOf('\n\n');
  const headers = text.slice(0, end < 0 ? undefined : end).split('\n');
  const person = (name: 'author' | 'committer'): Signature => {
    const lines = headers.filter(line => line.startsWith(`${name} `));
    const [, who, email] = /^\w+ (.*?) ?<([^<>]*)> \d+ [+-]\d+$/.exec(lines[0] ?? '') ?? [];
    if (lines.length !== 1 || who === undefined || email === undefined)
      throw new Refused(`Commit ${short(sha)} does not say who made it in a form that can be read.`);
    return { name: who, email };
  };
  return {
    sha,
    author: person('author'),
    committer: person('committer'),
    message: end < 0 ? '' : text.slice(end + 2),
    raw,
  };
}
