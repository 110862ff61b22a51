import { z } from 'zod';
import type { Attempt } from './attempt.ts';

const count = z.number().int().nonnegative();

/** An evaluation as it is kept, to be compared with. */
export const Report = z.object({
  format: z.literal(1),
  at: z.string(),
  model: z.string(),
  /** Versions of what is written for the model that were asked with. */
  prompts: z.array(z.string()),
  attempts: z.array(
    z.object({
      task: z.string(),
      n: count,
      solved: z.boolean(),
      outcomes: z.array(z.string()),
      steps: count,
      inputTokens: count,
      cachedInputTokens: count,
      outputTokens: count,
      costUsd: z.number().nullable(),
      wallMs: count,
      toolCalls: count,
      toolErrors: count,
      prompts: z.string().nullable(),
      sessionId: z.string().nullable(),
      why: z.string().nullable(),
    }),
  ),
});
export type Report = z.infer<typeof Report>;

export function reportOf(attempts: readonly Attempt[], { model, at }: { model: string; at: Date }): Report {
  const prompts = [...new Set(attempts.flatMap(each => each.prompts ?? []))];
  return { format: 1, at: at.toISOString(), model, prompts, attempts: [...attempts] };
}

type Sum = { tries: number; solved: number } & Record<
  'steps' | 'inputTokens' | 'cachedInputTokens' | 'outputTokens' | 'wallMs' | 'toolErrors',
  number
> & { costUsd: number | null };

function sumOf(attempts: readonly Attempt[]): Sum {
  const add = (pick: (attempt: Attempt) => number) => attempts.reduce((sum, each) => sum + pick(each), 0);
  const priced = attempts.every(({ costUsd }) => costUsd !== null);
  return {
    tries: attempts.length,
    solved: attempts.filter(({ solved }) => solved).length,
    steps: add(each => each.steps),
    inputTokens: add(each => each.inputTokens),
    cachedInputTokens: add(each => each.cachedInputTokens),
    outputTokens: add(each => each.outputTokens),
    wallMs: add(each => each.wallMs),
    toolErrors: add(each => each.toolErrors),
    costUsd: priced ? add(each => each.costUsd ?? 0) : null,
  };
}

const heads = ['task', 'solved', 'steps', 'tokens in', 'cached', 'out', 'cost', 'time', 'tool errors'];

/** Sums over the tries of each task and over all, as Markdown; with a former run, what became better or worse. */
export function tableOf(report: Report, former?: Report): string {
  const names = [...new Set(report.attempts.map(({ task }) => task))];
  const before = former && new Map(groupsOf(former).map(([task, attempts]) => [task, sumOf(attempts)]));
  const compared = before ? [...heads, 'solved before', 'tokens in before'] : heads;
  const rows = groupsOf(report).map(([task, attempts]) => {
    const sum = sumOf(attempts);
    return [task, ...cells(sum), ...(before ? beside(sum, before.get(task)) : [])];
  });
  const all = sumOf(report.attempts);
  const shared = former?.attempts.filter(({ task }) => names.includes(task));
  const last = [`**all ${names.length}**`, ...cells(all), ...(shared ? beside(all, sumOf(shared)) : [])];
  return [compared, compared.map((_, i) => (i === 0 ? '---' : '---:')), ...rows, last]
    .map(row => `| ${row.join(' | ')} |`)
    .join('\n');
}

function groupsOf({ attempts }: Report): [string, Attempt[]][] {
  return [...Map.groupBy(attempts, ({ task }) => task)];
}

const cells = (sum: Sum): string[] => [
  `${sum.solved}/${sum.tries}`,
  ...[sum.steps, sum.inputTokens, sum.cachedInputTokens, sum.outputTokens].map(String),
  sum.costUsd === null ? '-' : `$${sum.costUsd.toFixed(2)}`,
  `${(sum.wallMs / 1000).toFixed(1)} s`,
  String(sum.toolErrors),
];

/** Shares, since the two runs may have tried a different number of times. */
function beside(now: Sum, before: Sum | undefined): string[] {
  if (!before || before.tries === 0) return ['-', '-'];
  const gained = now.solved / now.tries - before.solved / before.tries;
  const mark = gained > 0 ? ' ▲' : gained < 0 ? ' ▼' : '';
  const tokens = Math.round((before.inputTokens / before.tries) * now.tries);
  return [`${before.solved}/${before.tries}${mark}`, String(tokens)];
}
