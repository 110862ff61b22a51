import { posix } from 'node:path';
import { parse as parseYaml } from 'yaml';
import { z } from 'zod';
import { environmentPath } from '../environmentFile.ts';
import { check, type Parsed, wrong } from '../parse.ts';
import { insideRepo } from '../paths.ts';
import type { Tree } from '../tree.ts';
import { dockerfileRootfs, imageRootfs, type WithNotes } from './rootfs.ts';
import type { Devcontainer } from './schema.ts';

const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);
const pairs = z.union([z.array(z.string()), z.record(z.string(), scalar)]);
const Service = z.looseObject({
  image: z.string().optional(),
  build: z
    .union([
      z.string(),
      z.looseObject({
        context: z.string().optional(),
        dockerfile: z.string().optional(),
        args: pairs.optional(),
        target: z.string().optional(),
      }),
    ])
    .optional(),
  environment: pairs.optional(),
});
type Service = z.infer<typeof Service>;
const Compose = z.looseObject({ services: z.record(z.string(), z.union([Service, z.null()])).optional() });

export type Composed = WithNotes & { environment: Record<string, string> };

const mostChars = 256 * 1024;
const mostFiles = 10;

/**
 * Of compose files the service that people work in: what its root file system is, and its variables. The others are
 * containers of their own, which a sandbox does not start: each is named.
 */
export async function composedOf(
  tree: Tree,
  file: string,
  { dockerComposeFile = [], service }: Devcontainer,
): Promise<Parsed<Composed>> {
  const files = (typeof dockerComposeFile === 'string' ? [dockerComposeFile] : dockerComposeFile).slice(
    0,
    mostFiles,
  );
  const services = new Map<string, Service>();
  const variables = new Map<string, [string, string][]>();
  // Paths in all of them are told from where the first lies.
  let from = file;
  for (const named of files) {
    const path = insideRepo(named, posix.dirname(file));
    const text = path === null ? null : await tree.read(path);
    if (path === null || text === null)
      return wrong(file, 'dockerComposeFile', `${named.slice(0, 200)} is not there`);
    const read = readCompose(path, text);
    if (!read.ok) return read;
    if (named === files[0]) from = path;
    for (const [name, each] of Object.entries(read.value.services ?? {})) {
      services.set(name, { ...services.get(name), ...each });
      variables.set(name, [...(variables.get(name) ?? []), ...pairsOf(each?.environment)]);
    }
  }
  const mine = services.get(service ?? '');
  if (!mine)
    return wrong(file, 'service', `${(service ?? '').slice(0, 100)} is no service of ${files.join(', ')}`);
  const root = rootOf(from, mine);
  if (!root.ok) return root;
  const others = [...services].filter(([name]) => name !== service);
  const notes = others.map(
    ([name, { image }]) =>
      `The service ${name}${image ? ` (${image})` : ''} is not started: sandboxes hold no containers. Put its program into the root file system and name it under services in ${environmentPath}.`,
  );
  const environment = Object.fromEntries(variables.get(service ?? '') ?? []);
  return {
    ok: true,
    value: { ...root.value, notes: [...root.value.notes, ...notes.slice(0, 20)], environment },
  };
}

function readCompose(path: string, text: string): Parsed<z.infer<typeof Compose>> {
  if (text.length > mostChars) return wrong(path, 'the file', 'longer than 256 KiB');
  try {
    // Few aliases: they may stand for each other and grow without end.
    return check(path, Compose, parseYaml(text, { maxAliasCount: 50, merge: true, logLevel: 'error' }));
  } catch (error) {
    return wrong(path, 'the file', `not YAML: ${(error as Error).message.split('\n')[0]}`);
  }
}

function rootOf(file: string, { image, build }: Service): Parsed<WithNotes> {
  if (build === undefined)
    return image === undefined
      ? { ok: true, value: { rootfs: { kind: 'base' }, notes: [] } }
      : imageRootfs(file, 'image', withDefaults(image));
  const {
    context = '.',
    dockerfile = 'Dockerfile',
    args,
    target,
  } = typeof build === 'string' ? { context: build } : build;
  return dockerfileRootfs(file, {
    // Told from the context, which is told from the compose file.
    path: posix.join(context, dockerfile),
    context,
    args: Object.fromEntries(pairsOf(args)),
    target,
    keys: ['build.dockerfile', 'build.context'],
  });
}

/** `NAME: value`, or `NAME=value`; one without a value would be another machine's. */
function pairsOf(given: z.infer<typeof pairs> | undefined): [string, string][] {
  const list: [string, string | null][] = Array.isArray(given)
    ? given.map(text => {
        const at = text.indexOf('=');
        return at < 0 ? [text, null] : [text.slice(0, at), text.slice(at + 1)];
      })
    : Object.entries(given ?? {}).map(([name, value]) => [name, value === null ? null : String(value)]);
  return list.flatMap(([name, value]) => (value === null ? [] : [[name, withDefaults(value)]]));
}

/** `${NAME:-default}` of compose: nobody here has a NAME. */
const withDefaults = (text: string) => text.replace(/\$\{\w+:?-([^{}]*)\}/g, '$1');
