import type { GitResult } from '../platform/git.ts';
import { placeIn } from './catalog.ts';

/** Another repository at a path of this one, at a commit of its own. */
export type Submodule = { name: string; path: string; url: string; sha: string };

/** More than these are left as they are. */
const mostSubmodules = 50;
/** Nothing that is an option, leaves the tree or lies in a repository's own folder. */
const plain = /^(?!-)(?!.*(^|\/)(\.\.?|\.git)(\/|$))[\w.+@#= -]+(\/[\w.+@#= -]+)*$/;

/** Submodules of a commit that `.gitmodules` names, and that have a commit there. */
export async function submodulesAt(
  mirror: { git: (args: string[]) => Promise<GitResult> },
  sha: string,
): Promise<Submodule[]> {
  const named = await mirror.git([
    ...['config', '--blob', `${sha}:.gitmodules`, '-z', '--get-regexp'],
    '^submodule[.].*[.](path|url)$',
  ]);
  if (!named.ok) return [];
  const known = new Map<string, { path?: string; url?: string }>();
  for (const entry of named.stdout.split('\0')) {
    const [, name = '', key = '', value = ''] = /^submodule\.(.*)\.(path|url)\n(.*)$/s.exec(entry) ?? [];
    if (plain.test(name)) known.set(name, { ...known.get(name), [key]: value });
  }
  const whole = [...known].flatMap(([name, { path, url }]) =>
    path && url && plain.test(path) ? [{ name, path, url }] : [],
  );
  const some = whole.slice(0, mostSubmodules);
  if (some.length === 0) return [];
  const paths = some.map(({ path }) => path);
  const listed = await mirror.git([
    '--literal-pathspecs',
    'ls-tree',
    '-z',
    '--end-of-options',
    sha,
    '--',
    ...paths,
  ]);
  const commits = new Map(
    (listed.ok ? listed.stdout.split('\0') : []).flatMap(line => {
      const [, commit, path] = /^160000 commit ([0-9a-f]+)\t(.*)$/s.exec(line) ?? [];
      return commit && path ? [[path, commit] as const] : [];
    }),
  );
  return some.flatMap(each => {
    const commit = commits.get(each.path);
    return commit ? [{ ...each, sha: commit }] : [];
  });
}

/** The url of a submodule as git takes it: `../other` is beside the repository that names it. */
export function submoduleUrl(of: string, url: string): string {
  if (!/^\.\.?\//.test(url)) return url;
  let base = of.replace(/(?<!\/)\/+$/, '');
  let rest = url;
  let joint = '/';
  for (;;) {
    if (rest.startsWith('./')) rest = rest.slice(2);
    else if (rest.startsWith('../')) {
      rest = rest.slice(3);
      const last = /[/:][^/:]*$/.exec(base)?.[0] ?? '';
      base = base.slice(0, base.length - last.length);
      joint = last[0] ?? '/';
    } else return `${base}${joint}${rest}`;
  }
}

/** Whether a url is one of a host's, under the same owner there. Paths of this machine have no owner. */
export function isBeside(of: string, url: string): boolean {
  const remote = /^(https?:\/\/|ssh:\/\/|[\w.-]+@[\w.-]+:)/i;
  if (!remote.test(of) || !remote.test(url)) return false;
  const [host, owner, ...more] = placeIn(of).split('/');
  const [otherHost, otherOwner, ...others] = placeIn(url).split('/');
  return (
    more.length > 0 && others.length > 0 && host === otherHost && owner === otherOwner && !url.includes('..')
  );
}
