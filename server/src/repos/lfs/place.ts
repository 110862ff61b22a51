import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where a remote keeps the content of its LFS files: an address that speaks the batch API, or a folder. */
export type LfsPlace =
  | { kind: 'http'; url: string }
  | { kind: 'folder'; dir: string }
  | { kind: 'none'; why: string };

/**
 * `remote`: as git asks for it. `configured`: what the repository's own `.lfsconfig` says. A repository must not send
 * the server, with what it may show of itself, anywhere but to the host that it came from.
 */
export function lfsPlace(remote: string, configured: string | null): LfsPlace {
  const url = httpUrl(remote);
  if (url) {
    if (configured === null) return { kind: 'http', url: endpointOf(url) };
    const named = httpUrl(configured);
    return named && named.origin === url.origin
      ? { kind: 'http', url: plainOf(named) }
      : { kind: 'none', why: 'its .lfsconfig names another host than the one that the repository is on' };
  }
  if (configured !== null)
    return { kind: 'none', why: 'its .lfsconfig names a host, and the repository is reached without one' };
  const path = pathOf(remote);
  if (path === null) return { kind: 'none', why: 'its remote is neither reached by http nor a folder here' };
  const dir = [join(path, '.git'), path, `${path}.git`].find(isRepository);
  return dir ? { kind: 'folder', dir } : { kind: 'none', why: 'its remote is no folder that is there' };
}

/** The rule of Git LFS for remotes that name no place. */
const endpointOf = (url: URL) =>
  `${plainOf(url)
    .replace(/(?<!\/)\/+$/, '')
    .replace(/(\.git)?$/, '.git')}/info/lfs`;

const plainOf = ({ origin, pathname }: URL) => `${origin}${pathname}`.replace(/(?<!\/)\/+$/, '');

function httpUrl(text: string): URL | null {
  return /^https?:\/\//i.test(text) ? URL.parse(text) : null;
}

function pathOf(remote: string): string | null {
  if (remote.startsWith('file://')) return URL.canParse(remote) ? fileURLToPath(remote) : null;
  return remote.startsWith('/') ? remote : null;
}

const isRepository = (dir: string) =>
  existsSync(join(dir, 'HEAD')) &&
  (statSync(join(dir, 'objects'), { throwIfNoEntry: false })?.isDirectory() ?? false);
