import type { SandboxRules } from './sandboxRules.ts';

/** A sandbox may be quicker than the word of what it may; after a restart of the proxy all are, for a moment. */
const waitMs = 5_000;
const longestTimerMs = 2 ** 31 - 1;

export type RulesBookOptions = {
  /** False: one of whom nothing was said may go wherever anybody may. */
  required: boolean;
  waitMs?: number;
  clock?: () => number;
};

type Kept = { rules: SandboxRules; timer?: NodeJS.Timeout };

/** The rules of each sandbox, as the server gave them last: in memory only, for there are secrets among them. */
export class RulesBook {
  readonly clock: () => number;
  #required: boolean;
  #waitMs: number;
  #kept = new Map<string, Kept>();
  #waiting = new Map<string, Set<() => void>>();
  #listeners = new Set<(sandboxId: string) => void>();

  constructor({ required, waitMs: wait = waitMs, clock = Date.now }: RulesBookOptions) {
    this.#required = required;
    this.#waitMs = wait;
    this.clock = clock;
  }

  /** Null where there must be some and nobody said them in time. */
  async of(sandboxId: string): Promise<SandboxRules | null> {
    const found = this.now(sandboxId);
    if (found) return found;
    await new Promise<void>(resolve => {
      const waiting = this.#waiting.get(sandboxId) ?? new Set();
      const settle = () => {
        clearTimeout(timer);
        waiting.delete(settle);
        if (waiting.size === 0) this.#waiting.delete(sandboxId);
        resolve();
      };
      const timer = setTimeout(settle, this.#waitMs);
      this.#waiting.set(sandboxId, waiting.add(settle));
    });
    return this.now(sandboxId);
  }

  now(sandboxId: string): SandboxRules | null {
    return this.#kept.get(sandboxId)?.rules ?? (this.#required ? null : openRules(sandboxId));
  }

  /** False where what is there is newer. */
  give(rules: SandboxRules): boolean {
    const { sandboxId } = rules;
    const before = this.#kept.get(sandboxId);
    if (before && before.rules.revision > rules.revision) return false;
    clearTimeout(before?.timer);
    this.#kept.set(sandboxId, { rules });
    this.#watchExpiry(sandboxId);
    for (const settle of [...(this.#waiting.get(sandboxId) ?? [])]) settle();
    this.#changed(sandboxId);
    return true;
  }

  /** All other sandboxes go, as far as they were given before `revision`: they are gone. Builds are forgotten by name. */
  keepOnly(sandboxIds: ReadonlySet<string>, revision: number): void {
    for (const [id, { rules }] of [...this.#kept])
      if (id.startsWith('sbx_') && !sandboxIds.has(id) && rules.revision < revision) this.forget(id);
  }

  forget(sandboxId: string): void {
    clearTimeout(this.#kept.get(sandboxId)?.timer);
    if (this.#kept.delete(sandboxId)) this.#changed(sandboxId);
  }

  /** Hears of each sandbox whose rules are others now, or one of whose grants is over. */
  onChange(listener: (sandboxId: string) => void): void {
    this.#listeners.add(listener);
  }

  #changed(sandboxId: string): void {
    for (const listener of this.#listeners) listener(sandboxId);
  }

  #watchExpiry(sandboxId: string): void {
    const kept = this.#kept.get(sandboxId);
    if (!kept) return;
    const nowMs = this.clock();
    const ends = kept.rules.grants.flatMap(({ expiresAtMs }) =>
      expiresAtMs === undefined ? [] : [expiresAtMs],
    );
    const next = Math.min(...ends.filter(end => end > nowMs));
    if (next === Number.POSITIVE_INFINITY) return;
    kept.timer = setTimeout(
      () => {
        this.#watchExpiry(sandboxId);
        this.#changed(sandboxId);
      },
      Math.min(longestTimerMs, next - nowMs + 1),
    ).unref();
  }
}

/** Where nothing is configured: every public host. */
export const openRules = (sandboxId: string): SandboxRules => ({
  sandboxId,
  revision: 0,
  phase: 'run',
  layers: [],
  grants: [],
  secrets: [],
  asks: false,
});
