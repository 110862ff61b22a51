import { posix } from 'node:path';
import type { Rootfs } from '../environment.ts';
import { ImageReference } from '../names.ts';
import { type Parsed, wrong } from '../parse.ts';
import { insideRepo } from '../paths.ts';
import type { Devcontainer } from './schema.ts';
import { putIn } from './variables.ts';

export type WithNotes = { rootfs: Rootfs; notes: string[] };

/** The image, or the Dockerfile with its arguments and target, that a devcontainer names. */
export function rootfsOf(
  file: string,
  { image, build, dockerFile, context }: Devcontainer,
): Parsed<WithNotes> {
  const path = build?.dockerfile ?? build?.dockerFile ?? dockerFile;
  if (path === undefined) return image === undefined ? base : imageRootfs(file, 'image', image);
  return dockerfileRootfs(file, {
    path,
    context: build?.context ?? context,
    args: build?.args,
    target: build?.target,
    keys: build
      ? ['build.dockerfile', build.context ? 'build.context' : 'context']
      : ['dockerfile', 'context'],
  });
}

const base: Parsed<WithNotes> = { ok: true, value: { rootfs: { kind: 'base' }, notes: [] } };

export function imageRootfs(file: string, key: string, named: string): Parsed<WithNotes> {
  const image = putIn(named, (_, fallback) => fallback);
  const reference = ImageReference.safeParse(image);
  if (!reference.success) return wrong(file, key, reference.error.issues[0]?.message ?? 'not an image');
  return { ok: true, value: { rootfs: { kind: 'image', image }, notes: [] } };
}

type Build = {
  path: string;
  context?: string | undefined;
  args?: Record<string, string> | undefined;
  target?: string | undefined;
  /** Of the path and of the context, for a message. */
  keys: readonly string[];
};

export function dockerfileRootfs(
  file: string,
  { path, context = '.', args, target, keys }: Build,
): Parsed<WithNotes> {
  // Both are told from where the file lies.
  const folder = posix.dirname(file);
  const outside = 'a path inside the repository, as seen from this file';
  const dockerfile = insideRepo(path, folder);
  if (dockerfile === null) return wrong(file, keys[0] ?? '', outside);
  const inside = insideRepo(context, folder);
  if (inside === null) return wrong(file, keys[1] ?? '', outside);
  const { given, notes } = argumentsOf(args ?? {});
  const rootfs: Rootfs = {
    kind: 'dockerfile',
    path: dockerfile,
    context: inside,
    ...(Object.keys(given).length > 0 ? { args: given } : {}),
    ...(target === undefined ? {} : { target }),
  };
  return { ok: true, value: { rootfs, notes } };
}

/** They are written into the Dockerfile: what could be read there as anything else is left out. */
function argumentsOf(args: Record<string, string>): { given: Record<string, string>; notes: string[] } {
  const given: Record<string, string> = {};
  const notes: string[] = [];
  for (const [name, asked] of Object.entries(args)) {
    const value = putIn(asked, (_, fallback) => fallback);
    const isPlain = /^[A-Za-z_]\w{0,99}$/.test(name) && /^[^"'`\\$\0\r\n]{0,2000}$/.test(value);
    if (isPlain && name !== 'DECKHAND_BASE' && name !== '__proto__') given[name] = value;
    else notes.push(`build.args: ${name.slice(0, 100)} is left out: only plain text can be given here.`);
  }
  return { given, notes };
}
