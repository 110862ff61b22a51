import { lstat, readdir, readlink } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { resolvePath } from '../places.ts';

/** As the kernel's own limit. */
const maxLinks = 40;

/**
 * The path as it lies on disk: a name that is written with other code points there (macOS and some tools decompose
 * accents) is found. What does not exist stays as it was asked for, below the folder that does.
 */
export async function findPath(path: string): Promise<ReturnType<typeof resolvePath>> {
  const place = resolvePath(path);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII has one spelling only
  if (!place.ok || /^[\x00-\x7f]*$/.test(place.path)) return place;
  return { ok: true, path: await spelled(place.path) };
}

async function spelled(full: string): Promise<string> {
  if (full === '/' || (await exists(full))) return full;
  const parent = await spelled(dirname(full));
  const name = basename(full);
  const names = await readdir(parent).catch(() => []);
  const same = names.find(each => each.normalize('NFC') === name.normalize('NFC'));
  return join(parent, same ?? name);
}

const exists = (path: string) =>
  lstat(path).then(
    () => true,
    () => false,
  );

/** Where a chain of links ends, whether something lies there or not. Rejects with ELOOP for a circle. */
export async function linkTarget(path: string): Promise<string> {
  let target = path;
  for (let hops = 0; hops < maxLinks; hops++) {
    const next = await readlink(target).catch(() => undefined);
    if (next === undefined) return target;
    target = resolve(dirname(target), next);
  }
  throw Object.assign(new Error(`${path} is a link that leads in a circle`), { code: 'ELOOP' });
}
