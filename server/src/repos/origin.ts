import { createHash } from 'node:crypto';
import { isRef, isSha } from '../platform/git.ts';
import { type BareRepository, type BaseCommit, baseRefs } from './bareRepository.ts';

export type RemoteRef = { ref: string; sha: string };

/** What a sandbox is told of the remote. */
export type Origin = {
  base: BaseCommit;
  /** Its branches under `refs/remotes/origin/`, and tags. */
  refs: RemoteRef[];
  /** Of these only what says something of the base branch: itself, and tags that lead up to it. */
  fewest: () => Promise<RemoteRef[]>;
};

/** With more refs than this, only what says something of the base branch is told. */
const mostRefs = 2_000;
/** Branches of sessions are their own: each would be told of all the others', and they come and go all day. */
const ofSessions = `${baseRefs}/deckhand/`;

export async function readOrigin(mirror: BareRepository, base: BaseCommit): Promise<Origin> {
  const itself = { ref: `${baseRefs}/${base.branch}`, sha: base.sha };
  const read = async (under: string[], more: string[] = []) => {
    const format = '--format=%(objectname) %(objecttype) %(*objecttype) %(refname)';
    const listed = await mirror.git(['for-each-ref', format, ...more, ...under]);
    return listed.ok ? listed.stdout.split('\n').flatMap(refOf) : [];
  };
  const fewest = async () => [
    itself,
    ...(await read(['refs/tags'], [`--merged=${base.sha}`, '--sort=-creatordate', `--count=${mostRefs}`])),
  ];
  const all = (await read([baseRefs, 'refs/tags'])).filter(({ ref }) => !ref.startsWith(ofSessions));
  return { base, refs: all.length > mostRefs ? await fewest() : all, fewest };
}

/** Refs that lead to a commit, in one step at most. */
function refOf(line: string): RemoteRef[] {
  const [sha = '', type, peeled, ref = ''] = line.split(' ');
  return isSha(sha) && isRef(ref) && (type === 'commit' || peeled === 'commit') ? [{ ref, sha }] : [];
}

/** Sandboxes that hold the same of the remote, and stand on the same commit, hold the same by this. */
export const digestOf = (
  { base, refs }: Origin,
  { baseSha, url }: { baseSha: string; url: string },
): string =>
  createHash('sha256')
    .update(JSON.stringify([base.branch, baseSha, url, refs]))
    .digest('hex');

/** Where a remote is, without what it is asked with. */
export function withoutCredentials(url: string): string {
  // The user of ssh is a part of the address.
  if (!/^https?:\/\//i.test(url)) return url.replace(/\/\/([^/@:]+):[^/@]*@/, '//$1@');
  try {
    const { protocol, host, pathname } = new URL(url);
    return `${protocol}//${host}${pathname}`;
  } catch {
    return '';
  }
}
