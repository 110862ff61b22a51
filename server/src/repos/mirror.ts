import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { failure, type Result } from '@deckhand/shared';
import { type GitOptions, git, gitReason, gitStream, isRef, isSha } from '../platform/git.ts';
import { orAbort } from '../platform/orAbort.ts';
import type { RepoConfig } from './catalog.ts';
import type { RepoHost } from './host.ts';

export type BaseCommit = { branch: string; sha: string };

/** At a commit: AGENTS.md, the template of pull requests, and its paths: the first of them and how many there are. */
export type RepoFacts = { agents: string | null; template: string | null; paths: string[]; total: number };
/** Where GitHub looks for a template, in any case. */
const templatePath = /^(\.github\/|docs\/)?pull_request_template\.(md|txt)$/i;
const keptPaths = 300;
const keptFacts = 20;
/** Of a file that is read whole: AGENTS.md, an environment's file. */
const mostFileBytes = 4 * 1024 * 1024;

/** Bases live here in the mirror, apart from what sessions keep under refs/deckhand/. */
const baseRefs = 'refs/remotes/origin';

/**
 * The server's own bare copy of one repository: what sandboxes are cloned from, and what the model is shown before
 * a sandbox is there. Fetches are single-flight.
 */
export class Mirror {
  readonly repo: RepoConfig;
  readonly dir: string;
  #host: RepoHost;
  #fetching: { beganAtMs: number; done: Promise<Result> } | null = null;
  #fetchedAtMs = 0;
  #swept = false;
  #base: BaseCommit | null = null;
  #facts = new Map<string, Promise<RepoFacts>>();

  constructor(repo: RepoConfig, dir: string, host: RepoHost) {
    this.repo = repo;
    this.dir = dir;
    this.#host = host;
  }

  /**
   * Brings the mirror up to date unless a fetch began within `maxAgeMs`. One that began earlier may have missed what
   * the caller knows of: then another follows it.
   */
  async fetch(maxAgeMs = 0): Promise<Result> {
    const sinceMs = Date.now() - maxAgeMs;
    for (;;) {
      if (this.#fetchedAtMs > 0 && this.#fetchedAtMs >= sinceMs) return { ok: true };
      if (!this.#fetching) break;
      const { beganAtMs, done } = this.#fetching;
      const fetched = await done;
      if (beganAtMs >= sinceMs) return fetched;
    }
    const beganAtMs = Date.now();
    const done = this.#fetch(beganAtMs).finally(() => {
      this.#fetching = null;
    });
    this.#fetching = { beganAtMs, done };
    return done;
  }

  /** The base branch and its newest known commit; known without asking git until the next fetch. */
  async base(): Promise<Result<BaseCommit>> {
    if (this.#base) return { ok: true, ...this.#base };
    const known = await this.#readBase();
    if (known) return { ok: true, ...known };
    // Not fetched yet, or that failed, or it is on its way.
    const fetched = await this.fetch();
    if (!fetched.ok) return fetched;
    const found = await this.#readBase();
    if (found) return { ok: true, ...found };
    const branch = this.repo.baseBranch ?? (await this.#defaultBranch());
    return failure('repo_unreachable', `Repository ${this.repo.id} has no branch ${branch}.`);
  }

  async #readBase(): Promise<BaseCommit | null> {
    if (!existsSync(join(this.dir, 'HEAD'))) return null;
    const branch = this.repo.baseBranch ?? (await this.#defaultBranch());
    const sha = await this.resolve(`${baseRefs}/${branch}`);
    if (sha) this.#base = { branch, sha };
    return sha ? { branch, sha } : null;
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

  /** Whether a commit stands on a branch of the remote, as it was when it was last fetched. */
  async isPublic(sha: string): Promise<boolean> {
    if (!isSha(sha)) return false;
    const beyond = await this.git(['rev-list', '--max-count=1', sha, '--not', `--glob=${baseRefs}/*`]);
    return beyond.ok && beyond.stdout === '';
  }

  /** The text of a file at a commit, or null where there is none. */
  async readFile(sha: string, path: string): Promise<string | null> {
    if (!isSha(sha)) return null;
    const shown = await this.git(['cat-file', 'blob', `${sha}:${path}`], { maxBytes: mostFileBytes });
    return shown.ok ? shown.stdout : null;
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
    if (!isSha(sha)) return null;
    const at = `${sha}:${path === '.' ? '' : path}`;
    const found = await this.git(['rev-parse', '--verify', '--quiet', '--end-of-options', at]);
    return found.ok ? found.stdout.trim() : null;
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
   * The objects of a commit as a pack, without those of one that the other side has. As a stream; `done` says how it
   * ended. No ref is made for it: nothing is left behind, also not by a crash.
   */
  pack(sha: string, has: string | null) {
    if (!isSha(sha) || (has !== null && !isSha(has))) throw new Error('not the ids of commits');
    const args = ['pack-objects', '--revs', '--stdout', '--thin', '--delta-base-offset', '--quiet'];
    const child = gitStream(args, this.dir, { input: has === null ? `${sha}\n` : `${sha}\n^${has}\n` });
    return { stream: child.stdout, done: child };
  }

  /** What differs between two commits, in git's unified form. Nothing that a repository names is run for it. */
  async diff(base: string, head: string): Promise<Result<{ diff: string }>> {
    if (!isSha(base) || !isSha(head))
      return failure('internal', 'The commits of this session are not known.');
    const plain = ['--no-color', '--no-ext-diff', '--no-textconv', '--end-of-options'];
    const shown = await this.git(['diff', ...plain, base, head, '--']);
    if (shown.ok) return { ok: true, diff: shown.stdout };
    if (/maxBuffer/.test(shown.stderr)) return failure('too_large', 'The diff is too large to be shown.');
    return failure('repo_unreachable', 'The diff cannot be read: the mirror lacks its commits.');
  }

  git(args: string[], options: Omit<GitOptions, 'cwd'> = {}) {
    return git(args, { ...options, cwd: this.dir });
  }

  /**
   * Runs git against the remote with what its host gives for it; once more where that had run out. The signal ends it;
   * rejects with its reason where the host was still being asked.
   */
  async remote(args: string[], access: 'read' | 'write', signal?: AbortSignal) {
    const ask = async () => {
      const env = this.#host.gitEnv(this.repo, access);
      return this.git(args, { reach: 'remote', env: await (signal ? orAbort(env, signal) : env), signal });
    };
    const done = await ask();
    if (done.ok || !/Authentication failed|HTTP Basic: Access denied|error: 40[13]/i.test(done.stderr))
      return done;
    this.#host.rejected(this.repo);
    return ask();
  }

  async #fetch(beganAtMs: number): Promise<Result> {
    try {
      const made = await this.#ensureDir();
      if (!made.ok) return made;
      const fetched = await this.remote(
        ['fetch', '--quiet', '--prune', '--no-tags', 'origin', `+refs/heads/*:${baseRefs}/*`],
        'read',
      );
      if (!fetched.ok) return this.#unreachable(fetched.stderr);
      this.#fetchedAtMs = beganAtMs;
      this.#base = null;
      const base = await this.#readBase();
      if (base) await this.facts(base.sha);
      return { ok: true };
    } catch (error) {
      return this.#unreachable((error as Error).message);
    }
  }

  /** Made aside and renamed: a mirror that exists is whole. */
  async #ensureDir(): Promise<Result> {
    if (!existsSync(join(this.dir, 'HEAD'))) {
      const aside = `${this.dir}.${process.pid}.new`;
      await rm(aside, { recursive: true, force: true });
      await mkdir(aside, { recursive: true });
      const made = await git(['init', '--quiet', '--bare', aside]);
      if (!made.ok) return this.#unreachable(made.stderr);
      await rename(aside, this.dir);
    }
    await this.git(['config', '--replace-all', 'remote.origin.url', this.repo.url]);
    await this.#dropScratchRefs();
    return { ok: true };
  }

  /** Made by versions before this one for each bundle that went into a sandbox, and never taken away. */
  async #dropScratchRefs(): Promise<void> {
    if (this.#swept) return;
    this.#swept = true;
    const listed = await this.git(['for-each-ref', '--format=delete %(refname)', 'refs/deckhand-out']);
    if (listed.ok && listed.stdout) await this.git(['update-ref', '--stdin'], { stdin: listed.stdout });
  }

  async #readFacts(sha: string): Promise<RepoFacts> {
    if (!isSha(sha)) return { agents: null, template: null, paths: [], total: 0 };
    const [shown, listed] = await Promise.all([
      this.readFile(sha, 'AGENTS.md'),
      this.git(['ls-tree', '-r', '--name-only', '-z', '--end-of-options', sha]),
    ]);
    const paths = listed.ok ? listed.stdout.split('\0').filter(Boolean) : [];
    const templateAt = paths.find(path => templatePath.test(path));
    const template = templateAt ? await this.readFile(sha, templateAt) : null;
    return { agents: shown, template, paths: paths.slice(0, keptPaths), total: paths.length };
  }

  async #defaultBranch(): Promise<string> {
    const known = await this.git(['config', '--get', 'deckhand.defaultBranch']);
    if (known.ok) return known.stdout.trim();
    const listed = await this.remote(['ls-remote', '--symref', 'origin', 'HEAD'], 'read');
    const branch = listed.ok ? /ref: refs\/heads\/(\S+)\s+HEAD/.exec(listed.stdout)?.[1] : undefined;
    if (branch) await this.git(['config', 'deckhand.defaultBranch', branch]);
    return branch ?? 'main';
  }

  #unreachable(stderr: string) {
    return failure(
      'repo_unreachable',
      `Repository ${this.repo.id} cannot be reached: ${gitReason(stderr)} Check its url in repos.json and that this machine may read it.`,
    );
  }
}
