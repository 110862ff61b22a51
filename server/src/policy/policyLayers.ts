import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Result } from '@deckhand/shared';
import type { BareRepository } from '../repos/bareRepository.ts';
import type { Repos } from '../repos/repos.ts';
import { emptyPolicy, type Layer, Policy } from './policy.ts';
import { parsePolicy } from './policyFile.ts';

/** In a repository, at the newest commit of its base branch. */
export const repositoryPolicyPath = '.deckhand/policy.yaml';

/** A file that somebody changes is looked at this often at the most. */
const lookEveryMs = 1_000;

export type PolicyLayersDeps = {
  /** The organisation's file; null: there is none. */
  file: string | null;
  repos: Pick<Repos, 'mirror'>;
  clock: () => number;
  /** A file was not taken; `message` names it and the key. */
  onMistake: (message: string) => void;
};

/** The files that a policy is made of, as they are now. A mistake keeps in service what was known before. */
export class PolicyLayers {
  #deps: PolicyLayersDeps;
  #organisation: Policy = emptyPolicy;
  #seen = { version: '', atMs: Number.NEGATIVE_INFINITY };
  #repositories = new Map<string, { sha: string; layer: Layer | null; known: Layer | null }>();

  constructor(deps: PolicyLayersDeps) {
    this.#deps = deps;
  }

  /** Reads the organisation's file first. Not ok: there is a mistake in it, and nothing known before it. */
  async start(): Promise<Result> {
    const { file } = this.#deps;
    if (file === null) return { ok: true };
    const read = await readPolicy(file);
    if (!read.ok) return read;
    this.#organisation = read.policy;
    this.#seen = { version: read.version, atMs: this.#deps.clock() };
    return { ok: true };
  }

  /** Widest first. */
  async of(repoId: string | null): Promise<Layer[]> {
    await this.#look();
    const repository = repoId === null ? null : await this.#repository(repoId);
    return [this.organisation, ...(repository ? [repository] : [])];
  }

  get organisation(): Layer {
    const { file } = this.#deps;
    return { name: file === null ? 'the organisation' : basename(file), policy: this.#organisation };
  }

  async #look(): Promise<void> {
    const { file, clock, onMistake } = this.#deps;
    if (file === null || clock() - this.#seen.atMs < lookEveryMs) return;
    this.#seen.atMs = clock();
    const version = await versionOf(file);
    if (version === this.#seen.version) return;
    this.#seen.version = version;
    const read = await readPolicy(file);
    if (read.ok) this.#organisation = read.policy;
    else onMistake(`${read.message}. What was known before stays in service.`);
  }

  async #repository(repoId: string): Promise<Layer | null> {
    const mirror = this.#deps.repos.mirror(repoId);
    const base = await mirror.knownBase();
    if (!base) return null;
    const before = this.#repositories.get(repoId);
    if (before?.sha === base.sha) return before.layer;
    const name = `${repositoryPolicyPath} of ${repoId}`;
    const text = await policyAt(mirror, base.sha);
    const parsed = text === null ? null : parsePolicy(name, text);
    if (parsed && !parsed.ok) this.#deps.onMistake(`${parsed.message} (commit ${base.sha.slice(0, 12)})`);
    const found = parsed?.ok ? { name, policy: parsed.policy } : null;
    const known = parsed && !parsed.ok ? (before?.known ?? null) : found;
    const layer = parsed && !parsed.ok ? (known ?? mistaken(name, parsed.message)) : found;
    this.#repositories.set(repoId, { sha: base.sha, layer, known });
    return layer;
  }
}

/** Null: the commit has none. That git does not answer is no such word. */
async function policyAt(mirror: BareRepository, sha: string): Promise<string | null> {
  const listed = await mirror.git(['ls-tree', '-z', '--end-of-options', sha, repositoryPolicyPath]);
  if (listed.ok && listed.stdout === '') return null;
  const text = listed.ok ? await mirror.readFile(sha, repositoryPolicyPath) : null;
  if (text === null) throw new Error(`${repositoryPolicyPath} of commit ${sha} cannot be read`);
  return text;
}

/** Somebody wanted less to be allowed, and nobody can read how much less: what reaches out is asked for, or closed. */
const mistaken = (name: string, message: string): Layer => ({
  name,
  policy: Policy.parse({
    rules: [
      {
        levels: ['L3', 'L4', 'L5'],
        do: 'ask',
        why: `The policy of this repository has a mistake: ${message}`.slice(0, 500),
      },
    ],
    egress: { default: 'deny', allow: [] },
  }),
});

async function readPolicy(file: string): Promise<Result<{ policy: Policy; version: string }>> {
  const version = await versionOf(file);
  const text = await readFile(file, 'utf8').catch((error: Error) => error);
  if (text instanceof Error)
    return { ok: false, code: 'bad_request', message: `${file}: ${text.message}`, retryable: false };
  const parsed = parsePolicy(file, text);
  return parsed.ok ? { ...parsed, version } : parsed;
}

async function versionOf(file: string): Promise<string> {
  const found = await stat(file).catch(() => null);
  return found ? `${found.mtimeMs} ${found.size} ${found.ino}` : 'gone';
}
