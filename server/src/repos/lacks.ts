/** Something of a commit that could not be had, and why. */
export type Lack = { path: string; why: string };

const keptCommits = 20;

/** What was lacking of commits when they were last asked for; of the newest few. */
export class Lacks {
  #kept = new Map<string, readonly Lack[]>();

  note(commit: string, lacks: readonly Lack[]): void {
    this.#kept.delete(commit);
    this.#kept.set(commit, lacks);
    if (this.#kept.size > keptCommits) this.#kept.delete(this.#kept.keys().next().value ?? '');
  }

  at(commit: string): readonly Lack[] {
    return this.#kept.get(commit) ?? [];
  }
}
