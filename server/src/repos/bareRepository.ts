import { PassThrough, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type GitOptions, git, gitStream, isRef, isSha } from '../platform/git.ts';
import { FolderAgents, foldersThatSpeak } from './folderAgents.ts';
import { idThroughLinks, readThroughLinks } from './linkedFile.ts';
import { type Submodule, submodulesAt } from './submodules.ts';

/** At a commit: the repository's word to agents, the template of pull requests, and its paths: the first of them and how many there are. */
export type RepoFacts = {
  agents: { path: string; text: string } | null;
  /** Folders below the top with a word of their own to agents; what each says, `folderAgents` knows. */
  speaking: string[];
  template: string | null;
  paths: string[];
  total: number;
  submodules: Submodule[];
  /** Some of its files are kept by Git LFS: what lies here are pointers. */
  lfs: boolean;
};
/** Where a repository speaks to agents, of whichever maker: the first that is there counts. */
const agentsPaths = ['AGENTS.md', 'CLAUDE.md', '.cursorrules', '.github/copilot-instructions.md'];
/** Where GitHub looks for a template, in any case. */
const templatePath = /^(\.github\/|docs\/)?pull_request_template\.(md|txt)$/i;
const attributesPath = /(^|\/)\.gitattributes$/;
const keptPaths = 300;
const keptFacts = 20;
/** Of a file that is read whole: AGENTS.md, an environment's file. */
const mostFileBytes = 4 * 1024 * 1024;

export type BaseCommit = { branch: string; sha: string };

/** Branches of the remote live here in a mirror, apart from what sessions keep under refs/deckhand/. */
export const baseRefs = 'refs/remotes/origin';

/** What is read from a bare repository: never from a remote, and nothing that it names is run. */
export class BareRepository {
  readonly dir: string;
  readonly folderAgents = new FolderAgents((sha, path) => this.readFile(sha, path));
  #facts = new Map<string, Promise<RepoFacts>>();

  constructor(dir: string) {
    this.dir = dir;
  }

  /** What the model is told of a commit before any sandbox is there. Kept: a prompt must not wait for git. */
  facts(sha: string): Promise<RepoFacts> {
    const known = this.#facts.get(sha);
    if (known) return known;
    const facts = this.#readFacts(sha);
    this.#facts.set(sha, facts);
    if (this.#facts.size > keptFacts) this.#facts.delete(this.#facts.keys().next().value ?? '');
    return facts;
  }

  /** The commit of a full ref, or of an id that is here; null for anything else. */
  async resolve(name: string): Promise<string | null> {
    if (!isSha(name) && !isRef(name)) return null;
    const asked = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`];
    const found = await this.git(asked);
    return found.ok && isSha(found.stdout.trim()) ? found.stdout.trim() : null;
  }

  async isAncestor(sha: string, of: string): Promise<boolean> {
    if (!isSha(sha) || !isSha(of)) return false;
    return (await this.git(['merge-base', '--is-ancestor', '--end-of-options', sha, of])).ok;
  }

  /** The text of a file at a commit, through symbolic links inside of it; null where there is none. */
  async readFile(sha: string, path: string): Promise<string | null> {
    return isSha(sha) ? readThroughLinks(this, { sha, path, maxBytes: mostFileBytes }) : null;
  }

  /**
   * Reads files at the top of a commit and in these folders of it. What is not there is known at once, without asking
   * git for each.
   */
  async reader(sha: string, folders: string[]): Promise<(path: string) => Promise<string | null>> {
    if (!isSha(sha)) return async () => null;
    const listed = await this.git([
      'ls-tree',
      ...['--name-only', '-z', '--end-of-options'],
      ...[sha, '--', './', ...folders],
    ]);
    const there = new Set(listed.ok ? listed.stdout.split('\0') : []);
    return async path => (there.has(path) ? this.readFile(sha, path) : null);
  }

  /** The id that git gives to a file or folder of a commit; null where there is none. */
  async objectId(sha: string, path: string): Promise<string | null> {
    return isSha(sha) ? idThroughLinks(this, { sha, path: path === '.' ? '' : path }) : null;
  }

  /** A folder of a commit (`.`: all of it) as a tar stream, to be read whenever it suits. */
  archive(sha: string, path: string): Readable {
    if (!isSha(sha)) throw new Error(`${sha} is not the id of a commit`);
    const at = `${sha}:${path === '.' ? '' : path}`;
    const child = gitStream(['archive', '--format=tar', '--end-of-options', at], this.dir);
    const kept = new PassThrough();
    // Nobody may be reading yet, and output that nobody reads is thrown away.
    pipeline(child.stdout, kept).catch(() => {});
    child.catch(() => {});
    return kept;
  }

  /**
   * The objects that these ids lead to as a pack, without those of ids that the other side has. As a stream; `done`
   * says how it ended. No ref is made for it: nothing is left behind, also not by a crash.
   */
  pack(wanted: readonly string[], has: readonly string[]) {
    const args = ['pack-objects', '--revs', '--stdout', '--thin', '--delta-base-offset', '--quiet'];
    const child = gitStream(args, this.dir, { input: walk(wanted, has) });
    return { stream: child.stdout, done: child };
  }

  /** How much such a pack would about hold. Null where it cannot be told. */
  async packBytes(wanted: readonly string[], has: readonly string[]): Promise<number | null> {
    const stdin = walk(wanted, has);
    const counted = await this.git(['rev-list', '--objects', '--disk-usage', '--stdin'], { stdin });
    return counted.ok ? Number(counted.stdout) : null;
  }

  /** Those of these ids of which the object is here. */
  async those(shas: readonly string[]): Promise<string[]> {
    const stdin = shas.filter(isSha).join('\n');
    if (!stdin) return [];
    const checked = await this.git(['cat-file', '--batch-check=%(objectname)'], { stdin: `${stdin}\n` });
    return checked.ok ? checked.stdout.split('\n').filter(isSha) : [];
  }

  git(args: string[], options: Omit<GitOptions, 'cwd'> = {}) {
    return git(args, { ...options, cwd: this.dir });
  }

  async #readFacts(sha: string): Promise<RepoFacts> {
    if (!isSha(sha)) return nothingKnown;
    const [agents, listed] = await Promise.all([
      this.#readAgents(sha),
      this.git(['ls-tree', '-r', '--name-only', '-z', '--end-of-options', sha]),
    ]);
    const paths = listed.ok ? listed.stdout.split('\0').filter(Boolean) : [];
    const templateAt = paths.find(path => templatePath.test(path));
    const template = templateAt ? await this.readFile(sha, templateAt) : null;
    const [submodules, lfs] = await Promise.all([
      paths.includes('.gitmodules') ? submodulesAt(this, sha) : [],
      paths.some(path => attributesPath.test(path)) && this.#namesLfs(sha),
    ]);
    return {
      agents,
      speaking: foldersThatSpeak(paths),
      template,
      paths: paths.slice(0, keptPaths),
      total: paths.length,
      submodules,
      lfs,
    };
  }

  async #readAgents(sha: string): Promise<RepoFacts['agents']> {
    for (const path of agentsPaths) {
      const text = await this.readFile(sha, path);
      if (text !== null) return { path, text };
    }
    return null;
  }

  async #namesLfs(sha: string): Promise<boolean> {
    const at = ['--', '.gitattributes', '**/.gitattributes'];
    return (await this.git(['grep', '--quiet', '--fixed-strings', 'filter=lfs', sha, ...at])).ok;
  }
}

const nothingKnown: RepoFacts = {
  agents: null,
  speaking: [],
  template: null,
  paths: [],
  total: 0,
  submodules: [],
  lfs: false,
};

function walk(wanted: readonly string[], has: readonly string[]): string {
  if (![...wanted, ...has].every(isSha)) throw new Error('not the ids of commits');
  return [...wanted, ...has.map(sha => `^${sha}`)].map(line => `${line}\n`).join('');
}
