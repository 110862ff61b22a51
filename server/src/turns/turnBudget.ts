import { setTimeout as sleep } from 'node:timers/promises';
import { budgetUsedText, type Usage } from '@deckhand/shared';
import type { Budgets } from '../policy/budgets/budgets.ts';
import type { Charged, Reached } from '../policy/budgets/ledger.ts';
import type { StepWriter } from '../sessions/run/stepWriter.ts';
import { systemActor } from '../sessions/run/turnWriter.ts';
import type { Meta, Run } from '../sessions/store/meta.ts';
import { OverBudget } from './ends.ts';

export type TurnBudgetDeps = {
  budgets: Budgets;
  writer: StepWriter;
  meta: Meta;
  run: Run;
  /** Of a task: it is charged beside its turn. */
  taskId?: string;
};

/** How often it is looked whether the steps of others left room. */
const lookAgainMs = 250;

/** What one turn uses of everybody's budgets. */
export class TurnBudget {
  #deps: TurnBudgetDeps;
  #lastStep: Usage | null = null;
  #before: Usage;

  constructor(deps: TurnBudgetDeps) {
    this.#deps = deps;
    this.#before = deps.run.usage;
  }

  /** Its time counts from when it is there. Whoever needs it awaits it again: its failure is nobody's here. */
  sandboxComes(opening: Promise<{ ok: boolean }>, clock: () => number): void {
    const note = ({ ok }: { ok: boolean }) => {
      if (ok) this.#deps.run.sandboxAtMs ??= clock();
    };
    opening.then(note, () => {});
  }

  /**
   * Before a step: resolves once there is room for it in every budget. Rejects with OverBudget where one is used up, and
   * with the signal's reason.
   */
  async room(signal: AbortSignal): Promise<void> {
    for (;;) {
      const charged = await this.#setAside();
      if (charged.kind === 'room') return;
      if (charged.kind === 'reached') throw new OverBudget(charged.reached.state);
      // What others may use in their steps would use it up: near the end turns go one after the other.
      await sleep(lookAgainMs, undefined, { signal });
    }
  }

  /** Whether there is room for a step now; it is set aside then. */
  async hasRoom(): Promise<boolean> {
    return (await this.#setAside()).kind === 'room';
  }

  async #setAside(): Promise<Charged> {
    const { budgets, meta, run, taskId } = this.#deps;
    const charged = await budgets.charge(meta, run, { usage: this.#lastStep }, taskId);
    await this.#warn(charged.warnings);
    return charged;
  }

  /** After a step, and at the turn's end: what was used is charged, what was set aside is free. */
  async settle(): Promise<void> {
    this.#lastStep = difference(this.#deps.run.usage, this.#before);
    await this.settleSummary();
  }

  /** The same after a summary, which says nothing of what a step takes. */
  async settleSummary(): Promise<void> {
    const { budgets, meta, run, taskId } = this.#deps;
    this.#before = run.usage;
    const charged = await budgets.charge(meta, run, null, taskId);
    await this.#warn(charged.warnings);
  }

  /** Once in a turn for each: a script that was sent again finds the same. */
  async #warn(warnings: readonly Reached[]): Promise<void> {
    const { writer, run } = this.#deps;
    const fresh = warnings.filter(({ account, unit }) => !run.warned?.includes(`${account.key} ${unit}`));
    if (fresh.length === 0) return;
    run.warned = [...(run.warned ?? []), ...fresh.map(({ account, unit }) => `${account.key} ${unit}`)];
    await writer.advance(run, {
      events: fresh.map(({ state }) => ({
        type: 'notice',
        actor: systemActor,
        data: { level: 'warning', text: budgetUsedText(state) },
      })),
    });
  }
}

const difference = (now: Usage, before: Usage): Usage => ({
  inputTokens: now.inputTokens - before.inputTokens,
  outputTokens: now.outputTokens - before.outputTokens,
  cachedInputTokens: now.cachedInputTokens - before.cachedInputTokens,
  steps: now.steps - before.steps,
});
