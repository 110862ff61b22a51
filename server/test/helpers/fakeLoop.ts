import { Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import type { LanguageModelV4CallOptions, LanguageModelV4StreamPart } from '@ai-sdk/provider';
import type { ModelMessage } from 'ai';
import { MockLanguageModelV4 } from 'ai/test';
import type { Mode } from '../../src/agent/planMode.ts';
import type { CommitPort, LoopPorts } from '../../src/agent/ports.ts';
import type { Call, CallResult, ToolPorts, ToolResult } from '../../src/agent/tools/tool.ts';

export type Asks = { tool: string; input: object | string; id?: string };
/** One scripted answer; `hold` is awaited after the words. */
export type Answer = {
  thinks?: string[];
  say?: string[];
  calls?: Asks[];
  hold?: Promise<unknown>;
  refuses?: Error;
  /** How it ends where not as such an answer does. */
  ends?: 'length' | 'content-filter';
};

const usage = {
  inputTokens: { total: 10, noCache: 10, cacheRead: 0, cacheWrite: 0 },
  outputTokens: { total: 2, text: 2, reasoning: 0 },
};

async function* partsOf(
  { thinks = [], say = [], calls = [], hold, ends }: Answer,
  signal: AbortSignal | undefined,
): AsyncGenerator<LanguageModelV4StreamPart> {
  yield { type: 'stream-start', warnings: [] };
  if (thinks.length > 0) yield { type: 'reasoning-start', id: 'r' };
  for (const delta of thinks) {
    yield { type: 'reasoning-delta', id: 'r', delta };
    await setImmediate();
  }
  if (thinks.length > 0) yield { type: 'reasoning-end', id: 'r' };
  yield { type: 'text-start', id: '0' };
  for (const delta of say) yield { type: 'text-delta', id: '0', delta };
  await hold;
  if (signal?.aborted) throw signal.reason;
  yield { type: 'text-end', id: '0' };
  for (const [i, { tool, input, id = `m${i}` }] of calls.entries())
    yield {
      type: 'tool-call',
      toolCallId: id,
      toolName: tool,
      input: typeof input === 'string' ? input : JSON.stringify(input),
    };
  const reason = ends ?? (calls.length > 0 ? 'tool-calls' : 'stop');
  yield { type: 'finish', finishReason: { unified: reason, raw: reason }, usage };
}

/** All ports of the loop, in memory; `log` tells in which order they were used. */
export function fakePorts(
  script: Answer[],
  {
    pending = [],
    run,
    hears,
    mode,
  }: {
    mode?: Mode;
    pending?: Call[];
    run?: (call: Call) => Promise<CallResult>;
    /** What people say to the turn before its next step. */
    hears?: () => string | undefined;
  } = {},
) {
  const log: string[] = [];
  const asked: LanguageModelV4CallOptions[] = [];
  const frames: string[] = [];
  const spoken: (string | null)[] = [];
  const results = new Map<string, ToolResult>();
  const context: ModelMessage[] = [{ role: 'user', content: 'Do it' }];
  let waiting = pending;
  let steps = pending.length > 0 ? 1 : 0;
  let over = false;
  const model = new MockLanguageModelV4({
    doStream: async options => {
      const answer = script[asked.length];
      asked.push(options);
      log.push('asked');
      if (!answer) throw new Error('the script is over');
      if (answer.refuses) throw answer.refuses;
      const parts = Readable.from(partsOf(answer, options.abortSignal));
      return { stream: Readable.toWeb(parts) as ReadableStream<LanguageModelV4StreamPart> };
    },
  });
  const commit: CommitPort = {
    turnId: 'trn_1',
    messageIds: '1',
    fence: 3,
    steps: () => steps,
    pending: () => waiting,
    isOver: () => over,
    async hear() {
      const said = hears?.();
      if (said) context.push({ role: 'user', content: said });
    },
    async answer({ text, calls, messages }) {
      log.push(`answer ${text}`);
      steps += 1;
      waiting = calls;
      over = calls.length === 0;
      context.push(...messages);
    },
    async result(call, result) {
      log.push(`result ${call.tool}`);
      results.set(call.modelCallId, result);
      waiting = waiting.filter(({ callId }) => callId !== call.callId);
      if (result.ending) over = true;
      const output = { type: 'text' as const, value: result.output };
      const part = {
        type: 'tool-result' as const,
        toolCallId: call.modelCallId,
        toolName: call.tool,
        output,
      };
      context.push({ role: 'tool', content: [part] });
    },
    frame: async ({ text }) => {
      frames.push(text);
      return true;
    },
    speaks: partial => void spoken.push(partial?.text ?? null),
    firstWord: () => {},
  };
  const done = { ok: true, summary: 'Done', output: 'what it said', truncated: false, durationMs: 1 };
  const ports: LoopPorts = {
    context: {
      instructions: async () => 'Be good',
      messages: async () => [...context],
      tidy: async () => {},
      refused: async () => false,
    },
    commit,
    tools: {
      ports: {
        sandbox: {
          run: async call => {
            log.push(`run ${call.tool}`);
            return run ? run(call) : done;
          },
        },
      } as ToolPorts,
      mode,
      agent: undefined,
      offered: async () => ({ pulls: false, page: false, children: false, tasks: false, workflows: false }),
      keepOutput: async () => undefined,
      settled: async calls => void log.push(`settled ${calls.length}`),
    },
    policy: { judge: async call => ({ may: 'run', call }) },
    model: {
      agentModel: { name: 'scripted', rehearsal: false, model },
      retry: { retries: 1, minMs: 1, maxMs: 2 },
      onRequest: () => {},
    },
    clock: () => 1,
  };
  return { ports, log, asked, frames, spoken, results, isOver: () => over };
}

export const never = new AbortController().signal;
export const bash = (command: string): Asks => ({ tool: 'bash', input: { command } });
