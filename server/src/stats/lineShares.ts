import { createHash } from 'node:crypto';
import type { LineShare } from '@deckhand/shared';
import type { Logger } from 'pino';
import { singleFlight } from '../platform/singleFlight.ts';
import type { Repos } from '../repos/repos.ts';
import { countLines } from './countLines.ts';
import type { FactsFile } from './factsFile.ts';

/** Text files up to which all are looked at. */
export const sampleAbove = 2_000;
const blamesAtOnce = 2;
/** A count is looked at again this long after it. */
const goodForMs = 10 * 60_000;
const fetchedAgoMs = 60_000;

export type LineSharesOptions = { repos: Repos; file: FactsFile; clock: () => number; log: Logger };

/** How much of each repository Deckhand wrote: counted behind, one repository at a time, kept until something is new. */
export class LineShares {
  #options: LineSharesOptions;
  #closing = new AbortController();
  #queue = new Set<string>();
  #failed = new Set<string>();
  #lookedAtMs = new Map<string, number>();
  #work = singleFlight<'all', void>();

  constructor(options: LineSharesOptions) {
    this.#options = options;
  }

  async close(): Promise<void> {
    this.#closing.abort(new Error('the server closes'));
    await this.#work.settled();
  }

  /** What is known by now; where that is old, it is counted anew behind. Null of what the catalog does not name. */
  of(repo: string): LineShare | null {
    const { repos, file, clock } = this.#options;
    if (!repos.catalog.list().some(({ id }) => id === repo)) return null;
    if (clock() - (this.#lookedAtMs.get(repo) ?? 0) > goodForMs) this.#enqueue(repo);
    const counted = file.lines(repo)?.counted ?? null;
    const state = this.#queue.has(repo) ? 'counting' : this.#failed.has(repo) ? 'failed' : 'counted';
    return { repo, state, counted };
  }

  #enqueue(repo: string): void {
    if (this.#closing.signal.aborted) return;
    this.#queue.add(repo);
    void this.#work.run('all', () => this.#countAll());
  }

  async #countAll(): Promise<void> {
    // A repository stays in the queue until it is counted: what is added meanwhile comes behind.
    for (const repo of this.#queue) {
      if (this.#closing.signal.aborted) return;
      this.#failed.delete(repo);
      await this.#count(repo).catch(error => {
        this.#failed.add(repo);
        if (!this.#closing.signal.aborted)
          this.#options.log.warn({ err: error, repo }, 'lines could not be counted');
      });
      this.#lookedAtMs.set(repo, this.#options.clock());
      this.#queue.delete(repo);
    }
  }

  async #count(repo: string): Promise<void> {
    const { repos, file, clock } = this.#options;
    const mirror = repos.mirror(repo);
    // What the mirror has is counted where the remote does not answer.
    await mirror.fetch(fetchedAgoMs);
    const base = await mirror.base();
    if (!base.ok) throw new Error(base.message);
    const mergeShas = file.mergeShas(repo);
    const basis = createHash('sha256')
      .update([base.sha, ...mergeShas].join())
      .digest('hex');
    if (file.lines(repo)?.basis === basis) return;
    const counted = await countLines({
      git: args => mirror.git(args),
      commit: base.sha,
      mergeShas,
      sampleAbove,
      atOnce: blamesAtOnce,
      signal: this.#closing.signal,
    });
    if (!counted.ok) throw new Error(counted.message);
    const { lines, deckhandLines, files, filesLookedAt } = counted;
    file.putLines(repo, basis, {
      share: lines === 0 ? null : deckhandLines / lines,
      commit: base.sha,
      at: new Date(clock()).toISOString(),
      lines,
      deckhandLines,
      filesLookedAt,
      files,
      sampled: filesLookedAt < files,
    });
  }
}
