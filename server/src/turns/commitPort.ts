import { limits } from '@deckhand/shared';
import type { ToolResultPart } from 'ai';
import type { ModelAnswer } from '../agent/ask.ts';
import type { CommitPort, PartialAnswer } from '../agent/ports.ts';
import type { Call, CallResult } from '../agent/tools/tool.ts';
import { agentActor, type TurnWriter } from '../sessions/run/turnWriter.ts';
import type { EventDraft } from '../sessions/store/commit.ts';
import type { PendingCall, Run } from '../sessions/store/meta.ts';
import { overLimit } from './ends.ts';

/** Leaves room for the envelope; characters may take four bytes. */
const shownTextChars = limits.eventBytes / 4;
const shownInputChars = 4_000;
/** Of the last message, for whoever quotes it. */
const saidChars = 20_000;

/** A turn's writes, as the loop knows them. Its run state is changed with each, in place. */
export function commitPort(
  writer: TurnWriter,
  run: Run,
  { maxSteps, speaks }: { maxSteps: number; speaks: CommitPort['speaks'] },
): CommitPort {
  return {
    turnId: run.turnId,
    fence: writer.fence,
    steps: () => run.steps,
    pending: () => run.pending,
    isOver: () => run.ending !== undefined || overLimit(run, maxSteps) !== null,
    answer: answer => commitAnswer(writer, run, answer),
    async result(call, { ending, ...result }, artifactId) {
      if (ending) run.ending ??= ending;
      run.pending = run.pending.filter(other => other.callId !== call.callId);
      const data = { callId: call.callId, ...result, ...(artifactId ? { artifactId } : {}) };
      await writer.advance(run, {
        events: [{ type: 'tool.finished', actor: agentActor, data }],
        messages: [{ role: 'tool', content: [toolResult(call, result)] }],
      });
    },
    frame: piece => writer.frame(piece),
    speaks,
    firstWord(atMs) {
      if (run.firstTokenAtMs !== undefined) return;
      run.firstTokenAtMs = atMs;
      // Kept at once: who takes over after a crash asks the model again, and the first word was seen by then. A lost
      // fence is found by the next write, which somebody awaits.
      writer.note(run).catch(() => {});
    },
  };
}

const toolResult = (call: Call, result: CallResult): ToolResultPart => ({
  type: 'tool-result',
  toolCallId: call.modelCallId,
  toolName: call.tool,
  output: {
    type: result.ok ? 'text' : 'error-text',
    value: result.output === '' ? result.summary : result.output,
  },
});

/** Commits a whole response: the message, the calls it asks for, context and run state, in one script. */
async function commitAnswer(
  writer: TurnWriter,
  run: Run,
  answer: ModelAnswer & { messageId: string },
): Promise<void> {
  const { usage } = answer;
  run.usage = {
    inputTokens: run.usage.inputTokens + usage.inputTokens,
    outputTokens: run.usage.outputTokens + usage.outputTokens,
    cachedInputTokens: run.usage.cachedInputTokens + usage.cachedInputTokens,
    steps: run.usage.steps + 1,
  };
  run.steps += 1;
  run.pending = answer.calls;
  if (answer.calls.length === 0) run.ending = { outcome: 'done' };
  if (answer.text.trim() !== '') run.said = answer.text.slice(0, saidChars);
  const events: EventDraft[] = answer.text.trim() === '' ? [] : [messageDone(answer.messageId, answer.text)];
  events.push(...answer.calls.map(toolStarted));
  await writer.advance(run, { events, messages: answer.messages });
}

/** Keeps what the model had said when it was cut short: everyone saw it. */
export async function commitPartial(writer: TurnWriter, run: Run, partial: PartialAnswer): Promise<void> {
  if (partial.text.trim() === '') return;
  run.steps += 1;
  await writer.advance(run, {
    events: [messageDone(partial.messageId, partial.text)],
    messages: [{ role: 'assistant', content: `${partial.text}\n[cut short]` }],
  });
}

const messageDone = (messageId: string, text: string): EventDraft => ({
  type: 'message.done',
  actor: agentActor,
  data: {
    messageId,
    text:
      text.length > shownTextChars
        ? `${text.slice(0, shownTextChars)}\n\n_(The rest is too long to show.)_`
        : text,
  },
});

const toolStarted = (call: PendingCall): EventDraft => ({
  type: 'tool.started',
  actor: agentActor,
  data: { callId: call.callId, tool: call.tool, input: shownInput(call.input) },
});

/** A whole file as an argument is shown by its beginning; the diff has the rest. */
function shownInput(input: unknown): unknown {
  if (typeof input === 'string') return clip(input);
  if (typeof input !== 'object' || input === null) return input;
  return Object.fromEntries(
    Object.entries(input).map(([key, value]) => [key, typeof value === 'string' ? clip(value) : value]),
  );
}

const clip = (text: string) =>
  text.length > shownInputChars
    ? `${text.slice(0, shownInputChars)}\n… ${text.length - shownInputChars} more characters`
    : text;
