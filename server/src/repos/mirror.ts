import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { failure, type Result } from '@deckhand/shared';
import { type GitResult, git, gitReason, isSha } from '../platform/git.ts';
import { orAbort } from '../platform/orAbort.ts';
import { singleFlight } from '../platform/singleFlight.ts';
import { BareRepository, type BaseCommit, baseRefs } from './bareRepository.ts';
import type { RepoConfig } from './catalog.ts';
import { fetchInSteps, forgetSteps, isBrokenOff, isUnfinished } from './firstFetch.ts';
import type { RepoHost } from './host.ts';
import { Lacks } from './lacks.ts';
import type { Remote } from './lfs/credentials.ts';
import { LfsObjects } from './lfs/lfsObjects.ts';
import { type Origin, readOrigin } from './origin.ts';
import { dropStaleLocks } from './staleLocks.ts';
import { submoduleUrl } from './submodules.ts';

/** How often a remote is asked anew which of its branches is the default. */
const askAgainMs = 60 * 60_000;

/** How often a fetch is repeated that met another, or a push, at the same ref: each of them brings the refs further. */
const mostMeetings = 5;

type MirrorOptions = { isFixed?: boolean; beside?: (url: string) => Mirror | null };

/**
 * The server's own bare copy of one repository: what sandboxes are cloned from, and what the model is shown before
 * a sandbox is there. Fetches are single-flight.
 */
export class Mirror extends BareRepository {
  readonly repo: RepoConfig;
  readonly beside: (url: string) => Mirror | null;
  /** Submodules that could not be had. */
  readonly lacks = new Lacks();
  /** The content of files that Git LFS keeps. */
  readonly lfs: LfsObjects;
  #host: RepoHost;
  #fetches = singleFlight<'fetch', { beganAtMs: number; fetched: Result }>();
  #fetchedAtMs = 0;
  #whyNot: string | null = null;
  #swept = false;
  #base: BaseCommit | null = null;
  #origin: Promise<Origin> | null = null;
  /** A person said what the base branch is: no other takes its place. */
  #isFixed: boolean;
  /** What the remote said of its default branch, and when it was asked. */
  #default: string | null = null;
  #askedAtMs = 0;

  /**
   * `isFixed`: `baseBranch` is a person's word, rather than what a host told. `beside`: the mirror of what this
   * repository names as a submodule, by its url; null where it is not to be had from here.
   */
  constructor(
    repo: RepoConfig,
    dir: string,
    host: RepoHost,
    { isFixed = true, beside = () => null }: MirrorOptions = {},
  ) {
    super(dir);
    this.repo = repo;
    this.#host = host;
    this.beside = url => beside(submoduleUrl(repo.url, url));
    this.#isFixed = isFixed && repo.baseBranch !== undefined;
    this.lfs = new LfsObjects(dir, access => this.#lfsRemote(access));
  }

  /**
   * Brings the mirror up to date unless a fetch began within `maxAgeMs`. One that began earlier may have missed what
   * the caller knows of: then another follows it.
   */
  async fetch(maxAgeMs = 0): Promise<Result> {
    const sinceMs = Date.now() - maxAgeMs;
    for (;;) {
      if (this.#fetchedAtMs > 0 && this.#fetchedAtMs >= sinceMs) return { ok: true };
      const { beganAtMs, fetched } = await this.#fetches.run('fetch', () => this.#fetch());
      if (beganAtMs >= sinceMs) return fetched;
    }
  }

  /** Why it could not be fetched the last time; null where it could, or nobody tried. */
  get whyNot(): string | null {
    return this.#whyNot;
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
    return failure('repo_unreachable', await this.#whyNoBase());
  }

  /** The same as far as it is known, without asking the remote again; null where that branch is not there. */
  async knownBase(): Promise<BaseCommit | null> {
    return this.#base ?? this.#readBase();
  }

  /** What the remote has besides the base branch, as it was when it was last fetched. */
  origin(base: BaseCommit): Promise<Origin> {
    this.#origin ??= readOrigin(this, base);
    return this.#origin;
  }

  async #readBase(): Promise<BaseCommit | null> {
    if (!existsSync(join(this.dir, 'HEAD'))) return null;
    const branch = await this.#branch();
    const sha = await this.resolve(`${baseRefs}/${branch}`);
    if (sha) this.#base = { branch, sha };
    return sha ? { branch, sha } : null;
  }

  /** Whether a commit stands on a branch of the remote, as it was when it was last fetched. */
  async isPublic(sha: string): Promise<boolean> {
    if (!isSha(sha)) return false;
    const beyond = await this.git(['rev-list', '--max-count=1', sha, '--not', `--glob=${baseRefs}/*`]);
    return beyond.ok && beyond.stdout === '';
  }

  /**
   * Runs git against the remote with what its host gives for it; once more where that had run out. The signal ends it;
   * rejects with its reason where the host was still being asked.
   */
  async remote(args: string[], access: 'read' | 'write', signal?: AbortSignal) {
    const ask = async () => {
      const { ownConfiguration } = this.#host;
      const given = this.#host.gitEnv(this.repo, access);
      const env = await (signal ? orAbort(given, signal) : given);
      return this.git(args, { reach: 'remote', env, ownConfiguration, signal });
    };
    const done = await ask();
    if (done.ok || !/Authentication failed|HTTP Basic: Access denied|error: 40[13]/i.test(done.stderr))
      return done;
    this.#host.rejected(this.repo);
    return ask();
  }

  async #lfsRemote(access: 'read' | 'write'): Promise<Remote> {
    const { ownConfiguration } = this.#host;
    const named = await this.git(['ls-remote', '--get-url', 'origin'], { reach: 'remote', ownConfiguration });
    return {
      dir: this.dir,
      // As the user's `insteadOf` has it.
      url: named.ok ? named.stdout.trim() : this.repo.url,
      ownConfiguration,
      env: () => this.#host.gitEnv(this.repo, access),
      rejected: () => this.#host.rejected(this.repo),
    };
  }

  async #fetch(): Promise<{ beganAtMs: number; fetched: Result }> {
    const beganAtMs = Date.now();
    return { beganAtMs, fetched: await this.#fetchSince(beganAtMs) };
  }

  async #fetchSince(beganAtMs: number): Promise<Result> {
    try {
      const made = await this.#ensureDir();
      if (!made.ok) return made;
      const fetched = await this.#fetchAll();
      if (!fetched.ok) return this.#unreachable(fetched.stderr);
      this.#fetchedAtMs = beganAtMs;
      this.#whyNot = null;
      this.#base = null;
      this.#origin = null;
      const base = (await this.#readBase()) ?? (await this.#renamed());
      if (base) await this.facts(base.sha);
      this.#askAgain();
      return { ok: true };
    } catch (error) {
      return this.#unreachable((error as Error).message);
    }
  }

  /** A first fetch that breaks off in the middle goes on in steps, now and after a restart. */
  async #fetchAll(): Promise<GitResult> {
    const all = async () => {
      for (let left = mostMeetings; ; left -= 1) {
        const done = await this.remote(
          [
            ...['fetch', '--quiet', '--prune', '--no-tags', 'origin'],
            ...[`+refs/heads/*:${baseRefs}/*`, '+refs/tags/*:refs/tags/*'],
          ],
          'read',
        );
        if (done.ok || left === 0 || !/cannot lock ref/.test(done.stderr)) return done;
      }
    };
    const isBegun = isUnfinished(this);
    const fetched = isBegun ? null : await all();
    if (fetched && !(isBrokenOff(fetched) && (await this.#isEmpty()))) return fetched;
    const stepped = await fetchInSteps(this);
    if (!stepped.ok) return stepped;
    const rest = await all();
    if (rest.ok) await forgetSteps(this);
    return rest;
  }

  async #isEmpty(): Promise<boolean> {
    const any = await this.git(['for-each-ref', '--count=1', baseRefs]);
    return any.ok && any.stdout === '';
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
    await this.#tidyOnce();
    await this.git(['config', '--replace-all', 'remote.origin.url', this.repo.url]);
    return { ok: true };
  }

  /** Besides locks that nobody holds: refs that versions before this one made for each bundle, and left. */
  async #tidyOnce(): Promise<void> {
    if (this.#swept) return;
    this.#swept = true;
    await dropStaleLocks(this.dir);
    const listed = await this.git(['for-each-ref', '--format=delete %(refname)', 'refs/deckhand-out']);
    if (listed.ok && listed.stdout) await this.git(['update-ref', '--stdin'], { stdin: listed.stdout });
  }

  async #branch(): Promise<string> {
    const { baseBranch } = this.repo;
    if (this.#isFixed && baseBranch) return baseBranch;
    if (this.#default ?? baseBranch) return this.#default ?? baseBranch ?? '';
    const known = await this.git(['config', '--get', 'deckhand.defaultBranch']);
    if (known.ok) return known.stdout.trim();
    return (await this.#askDefault()) ?? 'main';
  }

  /** What the remote calls its default branch now; null where it names none. */
  async #askDefault(): Promise<string | null> {
    this.#askedAtMs = Date.now();
    const listed = await this.remote(['ls-remote', '--symref', 'origin', 'HEAD'], 'read');
    const branch = listed.ok ? /ref: refs\/heads\/(\S+)\s+HEAD/.exec(listed.stdout)?.[1] : undefined;
    if (!branch) return null;
    await this.git(['config', 'deckhand.defaultBranch', branch]);
    this.#default = branch;
    return branch;
  }

  /** The base branch under another name, where the one that was known is gone. */
  async #renamed(): Promise<BaseCommit | null> {
    if (this.#isFixed || !(await this.#askDefault())) return null;
    return this.#readBase();
  }

  /** A remote may name another default branch and keep the one before. Nobody waits for that: it is rare. */
  #askAgain(): void {
    if (this.#isFixed || Date.now() - this.#askedAtMs < askAgainMs) return;
    const before = this.#base?.branch;
    void this.#askDefault()
      .then(branch => {
        if (branch && branch !== before) this.#base = this.#origin = null;
      })
      .catch(() => {});
  }

  async #whyNoBase(): Promise<string> {
    const { id, baseBranch } = this.repo;
    if (await this.#isEmpty())
      return `Repository ${id} is empty: there is no commit to begin from. Push a first one to it (a README will do), and prompt again.`;
    if (this.#isFixed)
      return `Repository ${id} has no branch ${baseBranch}, which repos.json names as its baseBranch. Name another there, or none: then it is the default branch of the remote.`;
    return `Repository ${id} has no branch ${await this.#branch()}, and its remote names no other as its default. Set "baseBranch" in repos.json.`;
  }

  #unreachable(stderr: string) {
    this.#whyNot = gitReason(stderr);
    return failure(
      'repo_unreachable',
      `Repository ${this.repo.id} cannot be reached: ${this.#whyNot} Check its url in repos.json and that this machine may read it.`,
    );
  }
}
