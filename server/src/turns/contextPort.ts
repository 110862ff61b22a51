import { limits, noUsage, startOf, type Usage } from '@deckhand/shared';
import type { ContextSettings } from '../agent/context/plan.ts';
import { windowOf } from '../agent/context/windows.ts';
import { type Compaction, WorkingContext } from '../agent/context/workingContext.ts';
import type { AgentModel } from '../agent/model.ts';
import type { ModelFailure } from '../agent/modelError.ts';
import { withPictures } from '../agent/pictures.ts';
import type { ContextPort } from '../agent/ports.ts';
import { toolWords } from '../agent/tools/catalog.ts';
import { type ReadAttachment, withAttachments } from '../agent/userMessage.ts';
import type { Context } from '../sessions/run/context.ts';
import type { StepWriter } from '../sessions/run/stepWriter.ts';
import { systemActor } from '../sessions/run/turnWriter.ts';
import type { Run } from '../sessions/store/meta.ts';
import type { CommitOptions } from './commitPort.ts';
import type { TurnBudget } from './turnBudget.ts';

export type ContextDeps = {
  instructions: () => Promise<string>;
  /** What folders say that the newest answer worked in, and the model does not read of yet. */
  folderInstructions: (context: Context) => Promise<string[]>;
  readAttachment: ReadAttachment;
  readArtifact: ReadAttachment;
  settings: Omit<ContextSettings, 'windowTokens'> & {
    /** Instead of what is known of the model; null where that counts. */
    windowTokens: number | null;
  };
  /** Who may sum up what is old: the cheapest first. None of those that only play. */
  summarisers: readonly (AgentModel | null)[];
  /** Summaries are paid for as steps are. */
  budget: Pick<TurnBudget, 'room' | 'hasRoom' | 'settleSummary'>;
  signal: AbortSignal;
};

/** Leaves room for the rest of the event. */
const shownSummaryChars = limits.eventBytes / 8;
const shownFactChars = 100;

/** What a turn's model reads, kept in the worker's memory while the turn runs. */
export function contextPort(
  writer: StepWriter,
  run: Run,
  { settings, summarisers, budget, signal, ...deps }: ContextDeps,
): ContextPort & Pick<CommitOptions, 'measure' | 'asked'> {
  let instructions: Promise<string> | undefined;
  const instruct = () => {
    instructions ??= deps.instructions().then(text => text.toWellFormed());
    return instructions;
  };
  const context = new WorkingContext({
    read: () => writer.context(),
    mayAsk: async cause => {
      // Nobody needs it yet: without room for it the turn goes on, or ends, as it would have.
      if (cause === 'messages') return budget.hasRoom();
      await budget.room(signal);
      return true;
    },
    async write(compaction) {
      await record(writer, run, compaction);
      if (compaction.asked.length === 0) return;
      // A request waits for the others: what was set aside for it went to the summary.
      await (compaction.cause === 'messages' ? budget.settleSummary() : budget.room(signal));
    },
    learn: window => writer.record([], { contextWindow: JSON.stringify(window) }),
    beside: async () => `${await instruct()}\n${toolWords()}`,
    settings: { ...settings, windowTokens: settings.windowTokens ?? windowOf(run.model) },
    model: run.model,
    summarisers: summarisers.filter((each): each is AgentModel => each !== null && !each.rehearsal),
    signal,
  });
  return {
    instructions: instruct,
    async messages() {
      // Behind the results of a step, where the context ends: nothing before it changes.
      const said = await deps.folderInstructions(await writer.context());
      if (said.length > 0)
        await writer.advance(run, { messages: said.map(content => ({ role: 'user', content })) });
      const read = await withAttachments(await context.messages(), deps.readAttachment);
      return withPictures(read, deps.readArtifact);
    },
    tidy: () => context.tidy(),
    refused: failure => context.refused(namedWindow(failure)),
    measure: inputTokens => context.measure(inputTokens),
    async asked() {
      const asked = context.asked();
      return asked && { ...asked, skips: (await writer.context()).skips };
    },
  };
}

async function record(writer: StepWriter, run: Run, compaction: Compaction): Promise<void> {
  const { version, beforeTokens, afterTokens, by, asked, lost } = compaction;
  const summary = by === null ? undefined : startOf(version.summary ?? '', shownSummaryChars);
  for (const { model, usage } of asked) {
    run.usage = plus(run.usage, usage);
    if (model !== run.model)
      run.besides = { ...run.besides, [model]: plus(run.besides?.[model] ?? noUsage, usage) };
  }
  await writer.compact(run, version, [
    {
      type: 'context.compacted',
      actor: systemActor,
      data: {
        before: beforeTokens,
        after: afterTokens,
        version: version.version,
        ...(summary === undefined || by === null ? {} : { summary, by }),
        ...(lost.length > 0 ? { lost: lost.map(fact => startOf(fact, shownFactChars)) } : {}),
      },
    },
  ]);
}

const plus = (sum: Usage, used: Omit<Usage, 'steps'>): Usage => ({
  inputTokens: sum.inputTokens + used.inputTokens,
  outputTokens: sum.outputTokens + used.outputTokens,
  cachedInputTokens: sum.cachedInputTokens + used.cachedInputTokens,
  steps: sum.steps,
});

/** As providers say it: "maximum context length is 8192 tokens", "210000 tokens > 200000 maximum". */
const windowWords = [
  /maximum context length (?:is|of) (\d{4,8})/i,
  /> (\d{4,8}) maximum/i,
  /(?:maximum|limit|window|context size|n_ctx)\D{0,40}(\d{4,8})/i,
];

function namedWindow({ message }: ModelFailure): number | null {
  const found = windowWords.map(words => words.exec(message)?.[1]).find(Boolean);
  return found ? Number(found) : null;
}
