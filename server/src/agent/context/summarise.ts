import { endOf, startOf } from '@deckhand/shared';
import type { ModelMessage } from 'ai';
import { timeLimit } from '../../platform/timeLimit.ts';
import { askModel, type ModelAnswer } from '../ask.ts';
import type { AgentModel } from '../model.ts';
import { promptText } from '../texts.ts';
import { transcript } from './transcript.ts';
import { windowOf } from './windows.ts';

const instructions = promptText('./prompts/summary.md');

/** Of the summarising model's window, in characters: a token has some three of them in code. */
const charsPerToken = 2;
const mostChars = 400_000;
const summaryChars = 12_000;
/** A summary that takes longer keeps a turn from going on. */
const patienceMs = 90_000;

/** A model that answered, and what it took. */
export type AskedModel = { model: string; usage: ModelAnswer['usage'] };

/** Who wrote a summary: a model by its name, or nobody (`log`). */
export type Summary = { text: string; by: string; asked: AskedModel[] };

/**
 * The older part of a context in the outline of `prompts/summary.md`: by the first of these models that answers, else
 * a mechanical one that says so. Rejects only with the signal's reason.
 */
export async function summarise(
  covered: { before: string | null; messages: readonly ModelMessage[] },
  models: readonly AgentModel[],
  signal: AbortSignal,
): Promise<Summary> {
  const asked: AskedModel[] = [];
  for (const agentModel of models) {
    const answer = await ask(agentModel, covered, signal).catch(() => {
      signal.throwIfAborted();
      return null;
    });
    if (answer) asked.push({ model: agentModel.name, usage: answer.usage });
    if (!answer?.text.includes('## Goal')) continue;
    const text = startOf(answer.text.trim(), summaryChars);
    return { text, by: agentModel.name, asked };
  }
  return { text: mechanical(covered), by: 'log', asked };
}

async function ask(
  agentModel: AgentModel,
  { before, messages }: { before: string | null; messages: readonly ModelMessage[] },
  signal: AbortSignal,
): Promise<ModelAnswer> {
  const chars = Math.min(mostChars, Math.floor(windowOf(agentModel.name) * charsPerToken * 0.7));
  const earlier = before ? `The summary of what came before:\n\n${before}\n\n` : '';
  const text = `${earlier}The transcript:\n\n<transcript>\n${transcript(messages, chars)}\n</transcript>`;
  using limit = timeLimit(patienceMs, signal);
  return await askModel(
    agentModel,
    {
      instructions,
      tools: {},
      messages: [{ role: 'user', content: text.toWellFormed() }],
      signal: limit.signal,
    },
    { onFirst: () => {}, onText: () => {}, onReasoning: () => {} },
  );
}

/** The ledger that stands beside every summary has what people said, files and commands. */
function mechanical({
  before,
  messages,
}: {
  before: string | null;
  messages: readonly ModelMessage[];
}): string {
  const words = transcript(
    messages.filter(({ role }) => role === 'assistant'),
    summaryChars / 2,
  );
  const said = words
    .split('\n')
    .filter(line => line.startsWith('AGENT '))
    .map(line => `- ${line.slice('AGENT '.length)}`)
    .join('\n');
  return [
    'No model could be had to sum this up: it is put together from the log.',
    before && `## Before\n${endOf(before, summaryChars / 3)}`,
    `## What the agent said\n${endOf(said, summaryChars / 3) || '- nothing'}`,
  ]
    .filter(Boolean)
    .join('\n\n');
}
