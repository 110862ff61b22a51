import { failure, type Result } from '@deckhand/shared';
import type Docker from 'dockerode';
import { isEngineDown, unlessGone } from '../errors.ts';
import { label } from '../labels.ts';
import { fetches } from './confineDockerfile.ts';
import { parseDockerfile } from './dockerfile.ts';
import { enginePull, type Listening } from './runBuild.ts';
import { withoutVolumes } from './withoutVolumes.ts';

export type SourceRules = {
  docker: Docker;
  /** Tag of the base image. */
  base: string;
  /** Of the engine's own images those that every repository may build on; `*` at the end stands for anything. */
  shared: readonly string[];
  /** For what is made here. */
  labels: Record<string, string>;
};

const debian = 'deckhand-debian:bookworm';

/**
 * An image that a repository may build on: our base, what any registry gives to everybody, and what the people who run
 * Deckhand share. What else lies on the engine may be another repository's, or what somebody was let in for.
 */
export async function findSource(
  rules: SourceRules,
  name: string,
  listening: Listening,
): Promise<Result<{ id: string }>> {
  const { docker, base, labels } = rules;
  const image = docker.getImage(name);
  if (name === base) return { ok: true, id: (await image.inspect()).Id };
  // By an id nobody can tell whose it is. (`a@sha256:…` has a name before it.)
  if (/^sha256:/i.test(name) || !/^[\w.:/@-]+$/.test(name)) return notAllowed(name, 'it has no name');
  let found = await unlessGone(image.inspect());
  if (found) {
    const why = await whyNot(rules, name, found);
    if (why) return notAllowed(name, why);
  } else {
    listening.onLog(`Pulling ${name}\n`);
    const pulled = await enginePull(docker, name, listening);
    if (!pulled.ok) return pulled;
    found = await image.inspect();
  }
  for (const trigger of found.Config.OnBuild ?? []) {
    const [each] = parseDockerfile(String(trigger)).instructions;
    if (!each || each.keyword === 'VOLUME' || /--from/.test(each.rest) || fetches(each))
      return notAllowed(name, `it would have ${String(trigger)} done in what is built on it`);
  }
  return withoutVolumes(docker, found, labels);
}

const notAllowed = (name: string, why: string) =>
  failure('bad_request', `The image ${name} cannot be built on: ${why}.`);

async function whyNot(
  { docker, shared }: SourceRules,
  name: string,
  found: Docker.ImageInspectInfo,
): Promise<string | null> {
  const familiar = familiarName(name);
  const names = [...(found.RepoTags ?? []), ...(found.RepoDigests ?? [])].map(familiarName);
  if (!names.includes(familiar)) return 'an image is named by its name, not by its id';
  const role = found.Config.Labels?.[label.role];
  // A base image of ours, also of another version, holds nothing of anybody.
  if (role === 'base') return null;
  if (role !== undefined) return 'it was made for a repository';
  if (familiar === debian || shared.some(pattern => fits(pattern, name) || fits(pattern, familiar)))
    return null;
  const share = 'share it with DECKHAND_SHARED_IMAGES';
  if ((found.RepoDigests ?? []).length === 0) return `it was made on this engine; ${share}`;
  try {
    // Asked without anybody's credentials.
    await docker.getImage(name).distribution();
    return null;
  } catch (error) {
    if (isEngineDown(error)) throw error;
    return `its registry does not give it to everybody; ${share}`;
  }
}

const fits = (pattern: string, name: string) =>
  pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : familiarName(pattern) === name;

/** As the engine shows it: without what stands for the usual registry, with a tag where there is no digest. */
function familiarName(name: string): string {
  const short = name.replace(/^(index\.)?docker\.io\//, '').replace(/^library\//, '');
  return /@|:[^/:]+$/.test(short) ? short : `${short}:latest`;
}
