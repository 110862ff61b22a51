import { agentRef, limits, type Risk, startOf } from '@deckhand/shared';
import type { ToolResultPart } from 'ai';
import type { ModelAnswer } from '../agent/ask.ts';
import { withNote } from '../agent/context/metadata.ts';
import { pictureResult } from '../agent/pictures.ts';
import type { CommitPort, PartialAnswer, SentBeside } from '../agent/ports.ts';
import { promptsVersion } from '../agent/promptsVersion.ts';
import { reasoningIdOf } from '../agent/shownReasoning.ts';
import { resultText } from '../agent/tools/resultText.ts';
import type { Call, CallResult } from '../agent/tools/tool.ts';
import type { Measure } from '../sessions/run/context.ts';
import type { StepRecord } from '../sessions/run/stepRecords.ts';
import type { StepWriter } from '../sessions/run/stepWriter.ts';
import { toldNow } from '../sessions/run/tellModel.ts';
import { agentActor } from '../sessions/run/turnWriter.ts';
import type { EventDraft, Op } from '../sessions/store/commit.ts';
import type { PendingCall, Run } from '../sessions/store/meta.ts';
import { overLimit } from './ends.ts';
import { countRepeat, goesInCircles } from './repeats.ts';
import { noteSource } from './untrusted.ts';

/** Leaves room for the envelope; characters may take four bytes. */
const shownTextChars = limits.eventBytes / 4;
const shownInputChars = 4_000;
/** Of the last message, for whoever quotes it. */
const saidChars = 20_000;

export type CommitOptions = {
  /** What ids of its messages begin with; the turn's where absent. */
  messageIds?: string;
  maxSteps: number;
  speaks: CommitPort['speaks'];
  hear: CommitPort['hear'];
  /** An answer is written: what it took is charged. */
  charged: () => Promise<void>;
  /** What the provider counted for the request that an answer came to. */
  measure: (inputTokens: number) => Measure | null;
  /** How much a call may break. */
  riskOf: (call: PendingCall) => Risk | undefined;
  /** What the request that is answered read. */
  asked: () => Promise<StepRecord['context'] | null>;
};

/** A turn's writes, as the loop knows them. Its run state is changed with each, in place. */
export function commitPort(
  writer: StepWriter,
  run: Run,
  { messageIds, maxSteps, speaks, hear, charged, measure, asked, riskOf }: CommitOptions,
): CommitPort {
  return {
    turnId: run.turnId,
    messageIds: messageIds ?? run.turnId.slice(4),
    fence: writer.fence,
    steps: () => run.steps,
    pending: () => run.pending,
    isOver: () =>
      run.ending !== undefined || overLimit(run, maxSteps) !== null || goesInCircles(run) !== null,
    hear,
    async answer(answer) {
      await commitAnswer(writer, run, {
        ...answer,
        measure: measure(answer.requestTokens ?? answer.usage.inputTokens),
        asked: await asked(),
        riskOf,
      });
      await charged();
    },
    async result(call, { ending, shown, todo, ...result }, artifactId) {
      if (ending) run.ending ??= ending;
      noteSource(run, call);
      run.pending = run.pending.filter(other => other.callId !== call.callId);
      const told = countRepeat(run, call, result);
      if (told) run.toTell = [...(run.toTell ?? []), told];
      const data = { callId: call.callId, ...result, ...(artifactId ? { artifactId } : {}) };
      await writer.advance(run, {
        events: [
          { type: 'tool.finished', actor: agentActor, data },
          ...(todo ? [{ type: 'todo.updated' as const, actor: agentActor, data: { items: todo } }] : []),
        ],
        messages: [
          { role: 'tool', content: [toolResult(call, result, { artifactId, isPicture: Boolean(shown) })] },
          ...toldNow(run),
        ],
      });
    },
    frame: frame => writer.frame(frame),
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

function toolResult(
  call: Call,
  result: CallResult,
  { artifactId, isPicture }: { artifactId: string | undefined; isPicture: boolean },
): ToolResultPart {
  const text = resultText(result);
  const made: ToolResultPart = {
    type: 'tool-result',
    toolCallId: call.modelCallId,
    toolName: call.tool,
    output: artifactId && isPicture ? pictureResult(text, artifactId) : { type: 'text', value: text },
  };
  const { callId } = call;
  return withNote(made, { callId, summary: result.summary, ok: result.ok });
}

/** Commits a whole response: the message, the calls it asks for, context and run state, in one script. */
async function commitAnswer(
  writer: StepWriter,
  run: Run,
  answer: ModelAnswer & {
    messageId: string;
    beside: SentBeside;
    measure: Measure | null;
    asked: StepRecord['context'] | null;
    riskOf: CommitOptions['riskOf'];
  },
): Promise<void> {
  const { usage } = answer;
  run.usage = {
    inputTokens: run.usage.inputTokens + usage.inputTokens,
    outputTokens: run.usage.outputTokens + usage.outputTokens,
    cachedInputTokens: run.usage.cachedInputTokens + usage.cachedInputTokens,
    steps: run.usage.steps + 1,
  };
  run.steps += 1;
  const { untrusted } = run;
  run.pending = untrusted ? answer.calls.map(call => ({ ...call, untrusted })) : answer.calls;
  if (answer.calls.length === 0) {
    run.ending = { outcome: 'done' };
    if (run.mode !== undefined) run.plan = planOf(answer.text);
  }
  if (answer.text.trim() !== '') run.said = startOf(answer.text, saidChars);
  const events: EventDraft[] = [];
  if (answer.reasoning) events.push(reasoningDone(answer.messageId, answer.reasoning));
  if (answer.text.trim() !== '') events.push(messageDone(answer.messageId, answer.text));
  events.push(...run.pending.map(call => toolStarted(call, answer.riskOf(call))));
  const ops: Op[] = answer.measure ? writer.measured(answer.measure) : [];
  if (answer.asked) ops.push(...(await stepOps(writer, run, { ...answer, asked: answer.asked })));
  await writer.advance(run, { events, messages: answer.messages, ops });
}

/** Notes what the request was made of, so that it can be built again. */
function stepOps(
  writer: StepWriter,
  { turnId, model, temperature, agent }: Run,
  answer: Pick<ModelAnswer, 'usage' | 'requests'> & { beside: SentBeside; asked: StepRecord['context'] },
): Promise<Op[]> {
  const { usage, requests = [], beside, asked } = answer;
  const step = {
    ...{ turnId, atMs: Date.now(), model, prompts: promptsVersion, tools: [...beside.tools] },
    ...(agent ? { agent: agentRef(agent) } : {}),
    ...(temperature === undefined ? {} : { temperature }),
  };
  return writer.stepRecords.opsOf({ ...step, context: asked, usage, requests }, beside.instructions);
}

function planOf(text: string): string {
  if (text.length <= limits.planChars) return text;
  const cut = `\n\n[Cut here: a plan has at most ${limits.planChars} characters.]`;
  return `${startOf(text, limits.planChars - cut.length)}${cut}`;
}

/** Keeps what the model had said when it was cut short: everyone saw it. */
export async function commitPartial(writer: StepWriter, run: Run, partial: PartialAnswer): Promise<void> {
  if (partial.text.trim() === '') return;
  run.steps += 1;
  await writer.advance(run, {
    events: [messageDone(partial.messageId, partial.text)],
    messages: [{ role: 'assistant', content: `${partial.text}\n[cut short]` }],
  });
}

const reasoningDone = (messageId: string, reasoning: NonNullable<ModelAnswer['reasoning']>): EventDraft => ({
  type: 'reasoning.done',
  actor: agentActor,
  data: { reasoningId: reasoningIdOf(messageId), ...reasoning },
});

const messageDone = (messageId: string, text: string): EventDraft => ({
  type: 'message.done',
  actor: agentActor,
  data: {
    messageId,
    text:
      text.length > shownTextChars
        ? `${startOf(text, shownTextChars)}\n\n_(The rest is too long to show.)_`
        : text,
  },
});

const toolStarted = (call: PendingCall, risk: Risk | undefined): EventDraft => ({
  type: 'tool.started',
  actor: agentActor,
  data: { callId: call.callId, tool: call.tool, input: shownInput(call.input), ...(risk ? { risk } : {}) },
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
    ? `${startOf(text, shownInputChars)}\n… ${text.length - shownInputChars} more characters`
    : text;
