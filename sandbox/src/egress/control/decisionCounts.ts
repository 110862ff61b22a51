import type { Decision } from '../passage.ts';
import type { CountedDecision } from './protocol.ts';

/** What one sandbox can make us remember between two words to the server; the rest is counted as one. */
const mostOfOne = 64;
const mostSandboxes = 2_000;
/** In place of hosts that were too many to name. */
export const otherHosts = '*';

/** Decisions since they were last taken, the same ones counted: a flood of requests is a number. */
export class DecisionCounts {
  #of = new Map<string, Map<string, CountedDecision>>();

  add(decision: Decision, nowMs: number): void {
    const { sandboxId } = decision;
    const counts = this.#of.get(sandboxId) ?? new Map<string, CountedDecision>();
    if (!this.#of.has(sandboxId) && this.#of.size >= mostSandboxes) return;
    this.#of.set(sandboxId, counts);
    const key = keyOf(decision);
    const found = counts.get(key);
    if (found || counts.size < mostOfOne) return void counts.set(key, counted(found, decision, nowMs));
    const { outcome } = decision;
    const rest: Decision = { sandboxId, host: otherHosts, port: 0, outcome };
    const restKey = keyOf(rest);
    counts.set(restKey, counted(counts.get(restKey), rest, nowMs));
  }

  take(): CountedDecision[] {
    const all = [...this.#of.values()].flatMap(counts => [...counts.values()]);
    this.#of.clear();
    return all;
  }
}

const keyOf = ({ host, port, outcome, reason = '', ask, secrets = [] }: Decision) =>
  JSON.stringify([host, port, outcome, reason, ask ?? null, secrets]);

const counted = (found: CountedDecision | undefined, decision: Decision, atMs: number): CountedDecision => ({
  ...decision,
  count: (found?.count ?? 0) + 1,
  atMs,
});
