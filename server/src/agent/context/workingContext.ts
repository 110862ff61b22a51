import type { ModelMessage } from 'ai';
import type { AgentModel } from '../model.ts';
import { lostFacts } from './facts.ts';
import { emptyLedger, extendLedger } from './ledger.ts';
import { type Cause, type ContextSettings, planShape, type Shape, shapeOf } from './plan.ts';
import { readable } from './readable.ts';
import type { Context, ContextVersion, Measure, Window } from './state.ts';
import { type AskedModel, summarise } from './summarise.ts';
import { newestTodo } from './todo.ts';
import { type Count, loadTokenizer, mostTokens, tokensOf } from './tokens.ts';
import { transcript } from './transcript.ts';

/** What became of the context, for the log. */
export type Compaction = {
  cause: Cause;
  version: ContextVersion;
  beforeTokens: number;
  afterTokens: number;
  /** Null where results were shrunk and nothing was summed up. */
  by: string | null;
  /** Every model that answered when it was asked to sum up, also where its answer was no summary. */
  asked: AskedModel[];
  /** Names, paths and numbers of what was summed up that the summary does not have. */
  lost: string[];
};

export type WorkingContextPorts = {
  read(): Promise<Context>;
  /** Before a model is asked to sum up: false where it may not be now. */
  mayAsk(cause: Cause): Promise<boolean>;
  write(compaction: Compaction): Promise<void>;
  /** Keeps for later turns what the window is. */
  learn(window: Window): Promise<void>;
  /** What is sent beside the messages: instructions and tools, as text. */
  beside(): Promise<string>;
  settings: ContextSettings;
  /** The name of the model that reads, and who may sum up: the cheapest first. */
  model: string;
  summarisers: readonly AgentModel[];
  signal: AbortSignal;
};

/** Facts are looked for in so much of what was summed up. */
const probedChars = 400_000;
const shownLost = 20;
/** Below this a refusal names something else. */
const leastWindowTokens = 4_000;

/** The context of a turn that runs: read for each request, cut where it would not fit. */
export class WorkingContext {
  #ports: WorkingContextPorts;
  /** Tokens of the provider for each of ours. */
  #ratio = 1;
  /** What the provider said, or showed by refusing, that its window is. */
  #refusedTokens = Number.POSITIVE_INFINITY;
  /** What the last request was made of. */
  #asked: { length: number; version: number } | null = null;

  constructor(ports: WorkingContextPorts) {
    this.#ports = ports;
  }

  /** What the next request reads. */
  async messages(): Promise<ModelMessage[]> {
    if (await this.#isOver(await this.#ports.read())) await this.#compact('tokens');
    const context = await this.#ports.read();
    this.#asked = { length: context.length, version: versionOf(context) };
    return readable(context);
  }

  /** Between two steps and at a turn's end: nobody waits for the model then. */
  async tidy(): Promise<void> {
    const { entries, version } = await this.#ports.read();
    const since = entries.filter(({ place }) => place >= (version?.upTo ?? 0)).length;
    if (since > this.#ports.settings.messages) await this.#compact('messages');
  }

  /** What the last request was made of: how long the context was, and which version of it. */
  asked(): { length: number; version: number } | null {
    return this.#asked;
  }

  /** What the provider counted for the request that was just answered; null where it counted nothing. */
  measure(inputTokens: number): Measure | null {
    if (!this.#asked || inputTokens <= 0) return null;
    return { ...this.#asked, tokens: inputTokens, model: this.#ports.model };
  }

  /**
   * The provider found the last request too long; `limit` is the window that it named. False where nothing can be taken
   * out any more.
   */
  async refused(limit: number | null): Promise<boolean> {
    const context = await this.#ports.read();
    const tokens = await this.#tokens(context);
    // A number in the refusal may be another limit: no window is smaller than what was read before.
    const readBefore = context.measure?.model === this.#ports.model ? context.measure.tokens : 0;
    const named = limit !== null && limit >= Math.max(leastWindowTokens, readBefore) ? limit : null;
    this.#refusedTokens = Math.min(this.#windowTokens(context), named ?? Math.floor(tokens * 0.9));
    await this.#ports.learn({ model: this.#ports.model, tokens: this.#refusedTokens });
    return this.#compact('refused');
  }

  #windowTokens({ window }: Context): number {
    const learnt = window?.model === this.#ports.model ? window.tokens : Number.POSITIVE_INFINITY;
    return Math.min(this.#ports.settings.windowTokens, learnt, this.#refusedTokens);
  }

  async #isOver(context: Context): Promise<boolean> {
    const budget = this.#windowTokens(context) * this.#ports.settings.share;
    // Most sessions are far from it, which their bytes tell.
    if ((await this.#tokens(context, mostTokens)) <= budget) return false;
    return (await this.#tokens(context)) > budget;
  }

  /** From what the provider counted last, and a count of what came since; of all of it where there is no such figure. */
  async #tokens(context: Context, count?: Count): Promise<number> {
    const { measure } = context;
    const used = count ?? (await loadTokenizer());
    const isOfThis = measure?.version === versionOf(context) && measure.model === this.#ports.model;
    if (!measure || !isOfThis) return this.#counted(context, used);
    const since = context.entries.filter(({ place }) => place >= measure.length);
    return measure.tokens + sum(readable({ version: context.version, entries: since }), used, this.#ratio);
  }

  async #counted(context: Pick<Context, 'version' | 'entries'>, count: Count): Promise<number> {
    return count(await this.#ports.beside()) * this.#ratio + sum(readable(context), count, this.#ratio);
  }

  async #compact(cause: Cause): Promise<boolean> {
    const context = await this.#ports.read();
    // Nothing is new since: the same would come out.
    if (cause !== 'refused' && context.version?.madeAt === context.length) return false;
    const count = await loadTokenizer();
    const beforeTokens = await this.#tokens(context);
    await this.#learnRatio(context, count);
    const besides = count(await this.#ports.beside());
    const tokensOfShape = (shape: Shape) =>
      besides * this.#ratio +
      sum(readable({ ...context, version: asVersion(context, shape) }), count, this.#ratio);
    const settings = { ...this.#ports.settings, windowTokens: this.#windowTokens(context) };
    const shape = planShape(context, { cause, settings, tokensOf: tokensOfShape });
    if (!shape) return false;
    const asks = shape.upTo !== shapeOf(context.version).upTo && this.#ports.summarisers.length > 0;
    if (asks && !(await this.#ports.mayAsk(cause))) return false;
    const made = await this.#versionOf(context, shape);
    const afterTokens = await this.#counted({ ...context, version: made.version }, count);
    await this.#ports.write({
      ...made,
      cause,
      beforeTokens: Math.round(beforeTokens),
      afterTokens: Math.round(afterTokens),
    });
    return true;
  }

  async #learnRatio(context: Context, count: Count): Promise<void> {
    const { measure } = context;
    if (!measure || measure.version !== versionOf(context) || measure.model !== this.#ports.model) return;
    this.#ratio = 1;
    const entries = context.entries.filter(({ place }) => place < measure.length);
    const ours = await this.#counted({ ...context, entries }, count);
    // Beyond that it is no other way of counting but something that we do not see.
    this.#ratio = Math.min(2, Math.max(0.5, measure.tokens / Math.max(1, ours)));
  }

  async #versionOf(
    context: Context,
    shape: Shape,
  ): Promise<Omit<Compaction, 'cause' | 'beforeTokens' | 'afterTokens'>> {
    const { version: before, newest, length } = context;
    const made = { ...shape, version: newest + 1, madeAt: length };
    if (shape.upTo === shapeOf(before).upTo) {
      const { summary = null, ledger = emptyLedger } = before ?? {};
      return { version: { ...made, summary, ledger }, by: null, asked: [], lost: [] };
    }
    const messages = context.entries
      .filter(({ place }) => place < shape.upTo && !shape.kept.includes(place))
      .map(({ message }) => message);
    const earlier = before?.summary ?? null;
    const { text, by, asked } = await summarise(
      { before: earlier, messages },
      this.#ports.summarisers,
      this.#ports.signal,
    );
    // What was kept beside the summary before may be older than the list that it has.
    const since = context.entries.filter(({ place }) => place < shape.upTo && place >= (before?.upTo ?? 0));
    const known = before?.ledger ?? emptyLedger;
    const todo = newestTodo(since.map(({ message }) => message)) ?? known.todo;
    const ledger = { ...extendLedger(known, messages), todo };
    const version = { ...made, summary: text, ledger };
    const covered = `${earlier ?? ''}\n${transcript(messages, probedChars)}`;
    const after = JSON.stringify(readable({ ...context, version }));
    return { version, by, asked, lost: lostFacts(covered, after, shownLost).lost };
  }
}

const versionOf = ({ version }: Pick<Context, 'version'>) => version?.version ?? 0;

/** As a version would read that has a summary of the usual length. */
function asVersion({ version, newest, length }: Context, shape: Shape): ContextVersion {
  const isSame = shape.upTo === shapeOf(version).upTo;
  return {
    ...shape,
    version: newest + 1,
    madeAt: length,
    summary: isSame ? (version?.summary ?? null) : usualSummary,
    ledger: version?.ledger ?? emptyLedger,
  };
}

/** Some 1,800 tokens of summary and ledger. */
const usualSummary = 'summary '.repeat(1_800);

function sum(messages: readonly ModelMessage[], count: Count, ratio: number): number {
  return messages.reduce((total, message) => total + tokensOf(message, count), 0) * ratio;
}
