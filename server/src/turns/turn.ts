import { DeckhandError, type Outcome } from '@deckhand/shared';
import { dispatch, refuse } from '../agent/dispatch.ts';
import { runLoop } from '../agent/loop.ts';
import type { LoopPorts, PartialAnswer } from '../agent/ports.ts';
import { costOf } from '../agent/prices.ts';
import { toolOf } from '../agent/tools/catalog.ts';
import { type Call, notRun } from '../agent/tools/tool.ts';
import type { Delivery } from '../delivery/types.ts';
import { orAbort } from '../platform/orAbort.ts';
import { runCost } from '../policy/budgets/runCost.ts';
import { SessionSandbox } from '../sandboxes/acquire/sessionSandbox.ts';
import type { Hands } from '../sandboxes/hands.ts';
import { FenceLost, systemActor, type TurnWriter } from '../sessions/run/turnWriter.ts';
import { branchOf, type Meta, type Run } from '../sessions/store/meta.ts';
import { checkAttempt } from './attemptChecks.ts';
import { noteBackground } from './background.ts';
import { commitPartial } from './commitPort.ts';
import { makeWay, tellOfControl } from './control.ts';
import { type End, endOf, overLimit } from './ends.ts';
import { cut, deliver, keepWork, type Working } from './keepWork.ts';
import { ParkedTurn } from './parkedTurn.ts';
import { policyPort } from './policyPort.ts';
import { goesInCircles } from './repeats.ts';
import { sandboxPort } from './sandboxPort.ts';
import { sharedPorts } from './sharedPorts.ts';
import { addedUsage } from './tasks/liveTasks.ts';
import type { TaskTurn } from './tasks/taskTurn.ts';
import { TurnTasks } from './tasks/turnTasks.ts';
import { type Titling, titling } from './titling.ts';
import { TurnBudget } from './turnBudget.ts';
import { Interrupted, type TurnControl } from './turnControl.ts';
import type { TurnDeps } from './turnDeps.ts';
import { openTurnPorts } from './turnPorts.ts';
import { closeWorkflow, workflowEnd } from './workflow/closeWorkflow.ts';
import { replanWith } from './workflow/proposals.ts';
import { roomFor, runWorkflow } from './workflow/runWorkflow.ts';

/** Time for a request to be built and sent. */
const requestLeadMs = 15;

/** One turn, from wherever its run state stands to its outcome. Throws FenceLost or the abandon reason to let go. */
export class Turn {
  #deps: TurnDeps;
  #writer: TurnWriter;
  #meta: Meta;
  #run: Run;
  #control: TurnControl;
  #sandbox: SessionSandbox;
  #partial: PartialAnswer | null = null;
  #delivery: Delivery;
  #policy: ReturnType<typeof policyPort>;
  #ports: LoopPorts;
  #warming: NodeJS.Timeout | null = null;
  #budget: TurnBudget;
  #tasks: TurnTasks;
  #turn: TaskTurn;
  #titling: Titling;

  constructor(deps: TurnDeps, writer: TurnWriter, work: { meta: Meta; run: Run; control: TurnControl }) {
    this.#deps = deps;
    this.#writer = writer;
    this.#meta = work.meta;
    this.#run = work.run;
    this.#control = work.control;
    this.#policy = policyPort({ ...deps, ...work, writer });
    const { mayPush } = this.#policy;
    this.#delivery = deps.delivery(writer, { turnId: work.run.turnId, hold: work.control, mayPush });
    const { meta, run } = work;
    this.#sandbox = new SessionSandbox(deps.sandboxes, writer, {
      repoId: meta.repo ?? '',
      orgId: meta.orgId,
      branch: branchOf(meta).name,
      author: run.signature ?? { name: run.author.name, email: 'nobody@users.deckhand.invalid' },
      signal: AbortSignal.any([work.control.interrupt, work.control.abandon]),
      beforeWriting: hands => this.#takeIn(hands),
      restore: sha => this.#delivery.restore({ sessionId: meta.id, repoId: meta.repo ?? '', sha }),
    });
    this.#budget = new TurnBudget({ ...deps, writer, meta, run });
    const keep = deps.keepOutput(writer);
    const shared = sharedPorts(deps, { ...work, writer, deliverNow: () => deliver(this.#working, 'done') });
    const sandbox = sandboxPort({ ...deps, ...work, writer, sandbox: this.#sandbox });
    const turn: TaskTurn = {
      ...{ deps, ...work, writer, keep, sandbox: this.#sandbox, ports: shared },
      check: async call => {
        const judged = await this.#policy.judge(call);
        return judged.may === 'run' ? sandbox.run(judged.call) : notRun(judged.summary, judged.told);
      },
      proposal: graph => replanWith(turn, graph),
    };
    this.#turn = turn;
    this.#tasks = new TurnTasks(turn);
    this.#titling = titling({ store: deps.store, fast: deps.model.models.fast }, turn);
    this.#ports = openTurnPorts({
      ...{ turn, tasks: this.#tasks, budget: this.#budget, policy: this.#policy, sandbox },
      speaks: partial => {
        this.#partial = partial;
      },
      onRequest: () => {
        this.#warm();
        this.#titling.begin();
      },
      settled: calls => this.#settled(calls),
    });
  }

  /** 'parked': somebody must say yes first, or other sessions must end; it goes on when they did. */
  async run(): Promise<Outcome | 'parked'> {
    try {
      return await this.#toItsEnd();
    } catch (error) {
      this.#letGoIfAbandoned();
      if (error instanceof FenceLost) throw error;
      if (error instanceof ParkedTurn) return this.#park(error);
      // Whatever went wrong, the prompt reaches an end, and its tasks with it.
      await this.#tasks.end().catch(() => {});
      return this.#finish(this.#bug(error));
    }
  }

  async #toItsEnd(): Promise<Outcome> {
    const run = this.#run;
    for (;;) {
      // Once the last word is said, what remains is to keep the work: a worker that takes over asks nobody again.
      const ended = run.ending && !(await this.#tasks.owes()) ? (workflowEnd(run) ?? run.ending) : null;
      const end: End = ended ?? (await this.#work().catch(error => this.#endFor(error)));
      clearTimeout(this.#warming ?? undefined);
      this.#letGoIfAbandoned();
      if (await this.#heedsPerson(end)) continue;
      await this.#tasks.end();
      const isKept = run.touched && run.mode === undefined && !this.#sandbox.isUnwritten;
      await closeWorkflow(this.#turn, end);
      const kept = isKept ? await keepWork(this.#working, end) : end;
      if (!kept) continue;
      await checkAttempt({ ...this.#working, ...this.#deps }, kept.outcome);
      return this.#finish(kept);
    }
  }

  /**
   * Its work is not to leave with what somebody is in the middle of: it waits until they hand back. True where they
   * changed or said something that the agent has not read: its last word was none.
   */
  async #heedsPerson({ outcome }: End): Promise<boolean> {
    if (outcome !== 'done' && outcome !== 'asked') return false;
    const { store } = this.#deps;
    if (!this.#control.interrupt.aborted) await makeWay(store, this.#meta.id);
    return tellOfControl(store, this.#writer, this.#run);
  }

  /** Lets go of the turn. Where somebody stops it at this moment, it ends. */
  async #park(parked: ParkedTurn): Promise<Outcome | 'parked'> {
    clearTimeout(this.#warming ?? undefined);
    await this.#tasks.rest(parked);
    this.#letGoIfAbandoned();
    const how = await parked.park(this.#writer, this.#run);
    if (how === 'parked') return how;
    this.#tasks.goOn();
    if (how === 'changed') return this.run();
    const { interrupt, abandon } = this.#control;
    await orAbort(new Promise(() => {}), AbortSignal.any([interrupt, abandon])).catch(() => {});
    return this.run();
  }

  async #finish(end: End): Promise<Outcome> {
    await this.#titling.end();
    await this.#sandbox.whenOpen(hands => noteBackground(this.#writer, hands, this.#meta));
    await this.#budget.settle();
    const tasks = this.#tasks.used();
    const own = runCost(this.#run, (model, used) => costOf(this.#deps.prices, model, used));
    const costUsd = own.isWhole && tasks.costUsd !== undefined ? own.usd + tasks.costUsd : undefined;
    const usage = addedUsage(this.#run.usage, tasks.usage);
    // Before it is over: a worker that takes over stops them, too.
    if (end.outcome === 'stopped') await this.#deps.children.stopAll(this.#meta.id);
    return this.#writer.finishTurn(this.#run, { ...end, usage, costUsd });
  }

  /** What others did to the branch comes in before anything is written there. */
  async #takeIn(hands: Hands): Promise<void> {
    const taken = await this.#delivery.takeIn(hands, this.#run);
    if (taken.ok) return;
    const text = `The branch could not be brought up to date: ${taken.message}`;
    await this.#writer.record([{ type: 'notice', actor: systemActor, data: { level: 'warning', text } }]);
  }

  #bug(error: unknown): End {
    this.#deps.log.error({ err: error, sessionId: this.#meta.id }, 'a turn failed');
    const message = 'Something went wrong in the server; its log says more. Prompt again to retry.';
    return { outcome: 'failed', error: { code: 'internal', message } };
  }

  /** Steps until the model has said its last word, or the turn has used what it may. */
  async #work(): Promise<End> {
    const { agentGone } = this.#run;
    if (agentGone !== undefined) throw new DeckhandError('not_found', agentGone);
    const signal = AbortSignal.any([this.#control.interrupt, this.#control.abandon]);
    await this.#tasks.load();
    await runWorkflow({
      ...{ turn: this.#turn, tasks: this.#tasks, judge: call => this.#policy.judge(call) },
      cut: part => cut(this.#working, part),
      room: () => roomFor(this.#turn, this.#budget, signal),
    });
    do await runLoop(this.#ports, signal);
    while (await this.#tasks.settle());
    const run = this.#run;
    return (
      workflowEnd(run) ??
      run.ending ??
      overLimit(run, this.#deps.maxSteps) ??
      goesInCircles(run) ?? { outcome: 'done' }
    );
  }

  get #working(): Working {
    const turn = { writer: this.#writer, run: this.#run, control: this.#control };
    return { ...turn, sandbox: this.#sandbox, delivery: this.#delivery };
  }

  /** Gets the sandbox behind. The model's request leaves first: it has the longer way. */
  #warm(): void {
    this.#warming ??= setTimeout(() => {
      this.#budget.sandboxComes(this.#sandbox.hands(), this.#deps.clock);
    }, requestLeadMs);
  }

  /** After each step: what the model must know besides its calls' results, and what they changed. */
  async #settled(calls: readonly Call[]): Promise<void> {
    this.#letGoIfAbandoned();
    if (this.#sandbox.takeLoss()) await this.#tellLoss();
    for (const news of this.#sandbox.takeNews()) await this.#tellAgent(news);
    this.#control.interrupt.throwIfAborted();
    // What ran in no sandbox changed no file: the next step does not wait for one.
    if (!this.#run.touched) return;
    if (this.#run.mode !== undefined || calls.every(call => toolOf(call.tool)?.readOnly)) return;
    const opened = await this.#sandbox.hands();
    if (opened.ok) this.#delivery.lookAtFiles(opened.hands);
  }

  async #tellLoss(): Promise<void> {
    const back = this.#sandbox.restoresTo ?? 'the base branch';
    const text = `The sandbox was lost and a new one took its place. Its tree is back at ${back}: what the ${this.#run.steps} step(s) of this turn changed so far is undone, and nothing runs in the background any more. Look before you go on.`;
    await this.#tellAgent(text);
  }

  async #tellAgent(text: string): Promise<void> {
    const content = `[Deckhand] ${text}`;
    await this.#writer.advance(this.#run, { messages: [{ role: 'user', content }] });
  }

  async #endFor(error: unknown): Promise<End> {
    this.#letGoIfAbandoned();
    if (error instanceof FenceLost || error instanceof ParkedTurn) throw error;
    const cause = this.#control.interrupt.aborted ? this.#control.interrupt.reason : error;
    if (this.#partial) await commitPartial(this.#writer, this.#run, this.#partial);
    await this.#endPending(cause);
    if (this.#sandbox.takeLoss()) await this.#tellLoss();
    return endOf(cause, this.#run) ?? this.#bug(cause);
  }

  /**
   * Each call gets its result, or the context would be broken: one that runs is killed by the stop and says so; where
   * no sandbox can be had, none runs.
   */
  async #endPending(cause: unknown): Promise<void> {
    if (this.#run.pending.length === 0) return;
    if (cause instanceof Interrupted)
      await dispatch(this.#ports, this.#run.pending).catch(error => {
        if (!(error instanceof DeckhandError || error instanceof ParkedTurn)) throw error;
      });
    await refuse(this.#ports.commit, this.#run.pending, 'Not run: the turn ended before it');
  }

  #letGoIfAbandoned(): void {
    this.#control.abandon.throwIfAborted();
  }
}
