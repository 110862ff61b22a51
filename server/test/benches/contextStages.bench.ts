import type { ModelMessage } from 'ai';
import { loadTokenizer, tokensOf } from '../../src/agent/context/tokens.ts';
import { WorkingContext } from '../../src/agent/context/workingContext.ts';
import { buildInstructions } from '../../src/agent/instructions.ts';
import { toolWords } from '../../src/agent/tools/catalog.ts';
import { type History, sessionOf } from '../helpers/historySession.ts';
import { KeptContext } from '../helpers/longContext.ts';

/**
 * What each stage of the context takes out of a long session, in tokens of o200k_base; prints JSON. Arguments: the window,
 * then the git directory, revision and number of commits. Run by `npm run bench -- contextStages`.
 */
const [windowTokens = '128000', gitDir = '.git', rev = 'HEAD', turns = '100'] = process.argv.slice(2);

export type StageFigures = {
  turns: number;
  requests: number;
  messages: number;
  /** All that was said and came out, and that with long results cut. */
  whole: number;
  cut: number;
  /** Tokens of what is ours alone in the context: it never leaves. */
  metadata: number;
  /** Of each time: tokens of the request before and after. */
  shortened: [before: number, after: number][];
  summedUp: [before: number, after: number][];
  lost: number;
  largest: number;
  last: number;
  /** Over all requests of the session, as they were sent and as they would have been without any stage. */
  sent: number;
  sentWithout: number;
};

const count = await loadTokenizer();
const known = new WeakMap<ModelMessage, number>();
const tokens = (message: ModelMessage): number => {
  const made = known.get(message) ?? tokensOf(message, count);
  known.set(message, made);
  return made;
};
const sum = (messages: readonly ModelMessage[]) => messages.reduce((total, each) => total + tokens(each), 0);

const instructions = buildInstructions({
  others: [],
  ...{ repoId: 'repo', branch: 'deckhand/ses_1-1', base: 'main', isReached: () => true, pointers: [] },
  facts: { agents: null, template: null, paths: [], total: 0, submodules: [], lfs: false },
  ...{ environment: null, imageFailure: null, logOf: (name: string) => name },
});
const beside = `${instructions}\n${toolWords()}`;
const besides = count(beside);

async function measure(history: History): Promise<StageFigures> {
  const figures: StageFigures = {
    ...{ turns: 0, requests: 0, messages: 0, whole: 0, cut: 0, metadata: 0, shortened: [], summedUp: [] },
    ...{ lost: 0, largest: 0, last: 0, sent: 0, sentWithout: 0 },
  };
  const kept = new KeptContext();
  const model = 'gpt-4o';
  const context = new WorkingContext({
    read: async () => kept.read(),
    mayAsk: async () => true,
    async write({ version, beforeTokens, afterTokens, by, lost }) {
      kept.versions.push(version);
      kept.measure = null;
      figures.lost += lost.length;
      (by === null ? figures.shortened : figures.summedUp).push([beforeTokens, afterTokens]);
    },
    learn: async () => {},
    beside: async () => beside,
    settings: { windowTokens: Number(windowTokens), share: 0.8, messages: 50, keep: 20 },
    model,
    // Nobody is asked: summaries are the mechanical ones.
    summarisers: [],
    signal: new AbortController().signal,
  });
  const add = (now: readonly ModelMessage[], whole: readonly ModelMessage[]) => {
    kept.messages.push(...now);
    figures.messages += now.length;
    figures.cut += sum(now);
    figures.whole += sum(whole);
    for (const { role, content } of now)
      if (role === 'tool')
        figures.metadata += count(
          JSON.stringify(content.map(part => 'providerOptions' in part && part.providerOptions)),
        );
  };
  for (const { prompt, steps } of sessionOf(history)) {
    figures.turns += 1;
    add([prompt], [prompt]);
    for (const { kept: now, whole } of steps) {
      figures.last = besides + sum(await context.messages());
      figures.largest = Math.max(figures.largest, figures.last);
      figures.requests += 1;
      figures.sent += figures.last;
      figures.sentWithout += besides + figures.whole;
      // A provider that counts as we do.
      kept.measure = context.measure(figures.last);
      add(now, whole);
      await context.tidy();
    }
  }
  return figures;
}

process.stdout.write(JSON.stringify(await measure({ gitDir, rev, turns: Number(turns) })));
