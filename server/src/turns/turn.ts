import { DeckhandError, type Outcome } from '@deckhand/shared';
import type { Logger } from 'pino';
import { dispatch, refuse } from '../agent/dispatch.ts';
import { buildInstructions } from '../agent/instructions.ts';
import { runLoop } from '../agent/loop.ts';
import { ModelFailure } from '../agent/modelError.ts';
import type { LoopPorts, ModelPort, PartialAnswer } from '../agent/ports.ts';
import { costOf, type PriceTable } from '../agent/prices.ts';
import { toolOf } from '../agent/tools/catalog.ts';
import type { Call } from '../agent/tools/tool.ts';
import { type ReadAttachment, withAttachments } from '../agent/userMessage.ts';
import type { ChangesDeps } from '../changes/deps.ts';
import { hostOf } from '../changes/place.ts';
import type { Delivered, Delivery, OpenDelivery } from '../delivery/types.ts';
import { orAbort } from '../platform/orAbort.ts';
import type { Repos } from '../repos/repos.ts';
import type { Sources } from '../sandboxes/acquire/acquire.ts';
import { SessionSandbox } from '../sandboxes/acquire/sessionSandbox.ts';
import { startLog } from '../sandboxes/environments/start.ts';
import type { Hands } from '../sandboxes/hands.ts';
import type { KeepOutput } from '../sandboxes/keptOutput.ts';
import type { AskPage } from '../sessions/pageAsks.ts';
import { FenceLost, systemActor, type TurnWriter } from '../sessions/run/turnWriter.ts';
import { branchOf, type Meta, type Run } from '../sessions/store/meta.ts';
import { changePort } from './changePort.ts';
import { commitPartial, commitPort } from './commitPort.ts';
import { cutShort, type End, overLimit } from './ends.ts';
import { pagePort } from './pagePort.ts';
import { sandboxPort } from './sandboxPort.ts';
import { Interrupted, type TurnControl } from './turnControl.ts';

export type TurnDeps = {
  model: ModelPort;
  readAttachment: ReadAttachment;
  clock: () => number;
  sandboxes: Sources;
  repos: Repos;
  delivery: OpenDelivery;
  keepOutput: (writer: TurnWriter) => KeepOutput;
  changes: ChangesDeps;
  askPage: AskPage;
  maxSteps: number;
  prices: PriceTable;
  log: Logger;
};

/** Time for a request to be built and sent. */
const requestLeadMs = 15;
/** How often in a turn the agent is told why its work may not leave. */
const mostRefusals = 2;

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
  #ports: LoopPorts;
  #warming: NodeJS.Timeout | null = null;

  constructor(deps: TurnDeps, writer: TurnWriter, work: { meta: Meta; run: Run; control: TurnControl }) {
    this.#deps = deps;
    this.#writer = writer;
    this.#meta = work.meta;
    this.#run = work.run;
    this.#control = work.control;
    this.#delivery = deps.delivery(writer, { turnId: work.run.turnId, hold: work.control });
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
    this.#ports = this.#openPorts();
  }

  async run(): Promise<Outcome> {
    try {
      return await this.#toItsEnd();
    } catch (error) {
      this.#letGoIfAbandoned();
      if (error instanceof FenceLost) throw error;
      // Whatever went wrong, the prompt reaches an end.
      return this.#finish(this.#bug(error));
    }
  }

  async #toItsEnd(): Promise<Outcome> {
    const run = this.#run;
    for (;;) {
      // Once the last word is said, what remains is to keep the work: a worker that takes over asks nobody again.
      const end: End = run.ending ?? (await this.#work().catch(error => this.#endFor(error)));
      clearTimeout(this.#warming ?? undefined);
      this.#letGoIfAbandoned();
      const kept = run.touched ? await this.#keep(end) : end;
      if (kept) return this.#finish(kept);
    }
  }

  #finish(end: End): Promise<Outcome> {
    const { usage, model } = this.#run;
    const costUsd = costOf(this.#deps.prices, model, usage);
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
    const signal = AbortSignal.any([this.#control.interrupt, this.#control.abandon]);
    await runLoop(this.#ports, signal);
    return this.#run.ending ?? overLimit(this.#run, this.#deps.maxSteps) ?? { outcome: 'done' };
  }

  #openPorts(): LoopPorts {
    const { changes, askPage, keepOutput, maxSteps, model, readAttachment, clock } = this.#deps;
    const turn = { writer: this.#writer, control: this.#control, run: this.#run };
    const keep = keepOutput(this.#writer);
    const speaks = (partial: PartialAnswer | null) => {
      this.#partial = partial;
    };
    return {
      context: {
        instructions: () => this.#instructions(),
        messages: async () => withAttachments(await this.#writer.context(), readAttachment),
      },
      commit: commitPort(this.#writer, this.#run, { maxSteps, speaks }),
      tools: {
        ports: {
          sandbox: sandboxPort({ ...turn, sandbox: this.#sandbox }),
          change: changePort({ ...turn, changes, deliverNow: () => this.#deliver('done') }),
          page: pagePort({ ...turn, askPage }),
        },
        offered: async () => ({
          pulls: hostOf(changes, this.#meta.repo) !== null,
          page: Object.keys(await this.#writer.picks()).length > 0,
        }),
        keepOutput: call => keep(call, this.#sandbox),
        settled: calls => this.#settled(calls),
      },
      model: {
        ...model,
        onRequest: () => {
          model.onRequest();
          this.#warm();
        },
      },
      clock,
    };
  }

  /**
   * Gets the sandbox behind. The model's request leaves first: making a container keeps the machine busy, and the
   * model has the longer way.
   */
  #warm(): void {
    this.#warming ??= setTimeout(() => {
      // Whoever needs the sandbox awaits it again; here its failure is nobody's yet.
      this.#sandbox.hands().catch(() => {});
    }, requestLeadMs);
  }

  /** What the model needs to know comes from the mirror. */
  async #instructions(): Promise<string> {
    const mirror = this.#deps.repos.mirror(this.#meta.repo ?? '');
    const { baseSha } = this.#meta;
    const base = baseSha
      ? ({ ok: true, sha: baseSha } as const)
      : await orAbort(mirror.base(), AbortSignal.any([this.#control.interrupt, this.#control.abandon]));
    if (!base.ok) throw new DeckhandError(base.code, base.message);
    return buildInstructions({
      repoId: mirror.repo.id,
      branch: branchOf(this.#meta).name,
      facts: await mirror.facts(base.sha),
      environment: await this.#deps.sandboxes.sandboxes.environmentOf(this.#meta.repo ?? ''),
      logOf: startLog,
    });
  }

  /** After each step: what the model must know besides its calls' results, and what they changed. */
  async #settled(calls: readonly Call[]): Promise<void> {
    this.#letGoIfAbandoned();
    if (this.#sandbox.takeLoss()) await this.#tellLoss();
    this.#control.interrupt.throwIfAborted();
    if (calls.every(call => toolOf(call.tool)?.readOnly)) return;
    const opened = await this.#sandbox.hands();
    if (opened.ok) this.#delivery.lookAtFiles(opened.hands);
  }

  async #tellLoss(): Promise<void> {
    const back = this.#sandbox.restoresTo ?? 'the base branch';
    const text = `[Deckhand] The sandbox was lost and a new one took its place. Its tree is back at ${back}: what the ${this.#run.steps} step(s) of this turn changed so far is undone. Look before you go on.`;
    await this.#writer.advance(this.#run, { messages: [{ role: 'user', content: text }] });
  }

  async #endFor(error: unknown): Promise<End> {
    this.#letGoIfAbandoned();
    if (error instanceof FenceLost) throw error;
    const cause = this.#control.interrupt.aborted ? this.#control.interrupt.reason : error;
    if (this.#partial) await commitPartial(this.#writer, this.#run, this.#partial);
    await this.#endPending(cause);
    if (this.#sandbox.takeLoss()) await this.#tellLoss();
    if (cause instanceof Interrupted) return cutShort(cause);
    if (cause instanceof ModelFailure || cause instanceof DeckhandError)
      return { outcome: 'failed', error: { code: cause.code, message: cause.message } };
    return this.#bug(cause);
  }

  /**
   * Each call gets its result, or the context would be broken: one that runs is killed by the stop and says so; where
   * no sandbox can be had, none runs.
   */
  async #endPending(cause: unknown): Promise<void> {
    if (this.#run.pending.length === 0) return;
    if (cause instanceof Interrupted)
      await dispatch(this.#ports, this.#run.pending).catch(error => {
        if (!(error instanceof DeckhandError)) throw error;
      });
    await refuse(this.#ports.commit, this.#run.pending, 'Not run: the turn ended before it');
  }

  /**
   * Brings the work out of the sandbox; a turn whose work cannot be kept did not end well. Null: what was done may not
   * leave as it is, and the agent is told why, to mend it.
   */
  async #keep(end: End): Promise<End | null> {
    const kept = await this.#deliver(end.outcome);
    this.#letGoIfAbandoned();
    if (kept.ok && kept.halted) return this.#halted();
    if (kept.ok && kept.refusal === undefined) return end;
    const message = kept.ok ? `Not pushed. ${kept.refusal}` : kept.message;
    if (kept.ok && (this.#run.refusals ?? 0) < mostRefusals && !this.#control.interrupt.aborted) {
      await this.#tellRefusal(message);
      return null;
    }
    if (end.outcome === 'done' || end.outcome === 'asked')
      return { outcome: 'failed', error: { code: kept.ok ? 'bad_request' : kept.code, message } };
    const text = `The work of this turn could not be kept: ${message}`;
    await this.#writer.record([{ type: 'notice', actor: systemActor, data: { level: 'warning', text } }]);
    return end;
  }

  /** The turn was cut short when all but the push was done. */
  async #halted(): Promise<End> {
    const text = 'Not pushed: the turn was cut short. Its work is kept, and leaves with the next turn.';
    await this.#writer.record([{ type: 'notice', actor: systemActor, data: { level: 'warning', text } }]);
    const { reason } = this.#control.interrupt;
    return reason instanceof Interrupted ? cutShort(reason) : { outcome: 'stopped' };
  }

  async #deliver(outcome: Outcome): Promise<Delivered> {
    const opened = await orAbort(this.#sandbox.hands(), this.#control.abandon);
    if (!opened.ok) return opened;
    await orAbort(this.#sandbox.ready('commit'), this.#control.abandon);
    return this.#delivery.deliver(opened.hands, { run: this.#run, outcome });
  }

  async #tellRefusal(message: string): Promise<void> {
    const run = this.#run;
    run.refusals = (run.refusals ?? 0) + 1;
    delete run.ending;
    const text = `[Deckhand] ${message} Your changes are still in the work tree, in no commit. Mend this, then finish.`;
    await this.#writer.advance(run, {
      events: [{ type: 'notice', actor: systemActor, data: { level: 'warning', text: message } }],
      messages: [{ role: 'user', content: text }],
    });
  }

  #letGoIfAbandoned(): void {
    this.#control.abandon.throwIfAborted();
  }
}
