import { setTimeout as sleep } from 'node:timers/promises';
import type {
  LanguageModelV4,
  LanguageModelV4CallOptions,
  LanguageModelV4Message,
  LanguageModelV4StreamPart,
  LanguageModelV4Usage,
} from '@ai-sdk/provider';
import type { AgentModel } from '../model.ts';

/** One scripted answer: what it says, then at most one call. */
type Line = { say: string; call?: { tool: string; input: object } };

const sampleScript: Line[] = [
  {
    say: 'I will run the tests first to see what fails.',
    call: { tool: 'bash', input: { command: 'npm test' } },
  },
  {
    say: 'One test fails: 95 minutes should be 1 h 35 min. Let me read the function.',
    call: { tool: 'read', input: { path: 'src/duration.js' } },
  },
  {
    say: '`Math.round` rounds 1.58 hours up to 2; whole hours need `Math.floor`.',
    call: {
      tool: 'edit',
      input: { path: 'src/duration.js', old: 'Math.round(minutes / 60)', new: 'Math.floor(minutes / 60)' },
    },
  },
  { say: 'Now the tests again.', call: { tool: 'bash', input: { command: 'npm test' } } },
  {
    say: [
      'Done.',
      '',
      '- **Cause:** `formatDuration` rounded the hours, so 95 minutes read as 2 h 35 min.',
      '- **Change:** `Math.floor` instead of `Math.round` in `src/duration.js`.',
      '- **Checked:** I ran `npm test` before and after; its output is above.',
      '',
      '_This is the rehearsal model: it plays a fixed script. Set `OPENAI_API_KEY` for a real one._',
    ].join('\n'),
  },
];

const elsewhereScript: Line[] = [
  { say: 'Let me look at what is here.', call: { tool: 'list', input: { depth: 1 } } },
  {
    say: 'I am the rehearsal model and only know the sample repository, so I changed nothing here. Set `OPENAI_API_KEY` for a model that can do this.',
  },
];

const planScript: Line[] = [
  {
    say: 'I will read the function and its test first.',
    call: { tool: 'read', input: { path: 'src/duration.js' } },
  },
  {
    say: [
      '**Goal:** 95 minutes read as 1 h 35 min.',
      '',
      '1. In `src/duration.js`, use `Math.floor` instead of `Math.round` for the hours.',
      '2. Run `npm test`: `test/duration.test.js` covers it.',
      '',
      '_This is the rehearsal model: it plays a fixed script._',
    ].join('\n'),
  },
];

/** Calls since the last prompt tell how far the script has come. */
function progress(prompt: LanguageModelV4Message[]): number {
  const lastUser = prompt.findLastIndex(message => message.role === 'user');
  return prompt.slice(lastUser + 1).filter(message => message.role === 'assistant').length;
}

function nextLine(prompt: LanguageModelV4Message[], mayChange: boolean): Line {
  const system = prompt.find(message => message.role === 'system');
  const isSample = typeof system?.content === 'string' && system.content.includes('src/duration.js');
  const script = !isSample ? elsewhereScript : mayChange ? sampleScript : planScript;
  return script[progress(prompt)] ?? { say: 'The script is over.' };
}

const usageOf = (prompt: LanguageModelV4Message[], line: Line): LanguageModelV4Usage => {
  const inputTokens = Math.ceil(JSON.stringify(prompt).length / 4);
  const outputTokens = Math.ceil(JSON.stringify(line).length / 4);
  return {
    inputTokens: { total: inputTokens, noCache: inputTokens, cacheRead: 0, cacheWrite: 0 },
    outputTokens: { total: outputTokens, text: outputTokens, reasoning: 0 },
  };
};

async function* speak(
  { prompt, tools = [], abortSignal: signal }: LanguageModelV4CallOptions,
  wordMs: number,
): AsyncGenerator<LanguageModelV4StreamPart> {
  const line = nextLine(
    prompt,
    tools.some(({ name }) => name === 'edit'),
  );
  yield { type: 'stream-start', warnings: [] };
  yield { type: 'text-start', id: '0' };
  for (const delta of line.say.match(/\S+\s*|\s+/g) ?? []) {
    await sleep(wordMs, undefined, signal ? { signal } : {});
    yield { type: 'text-delta', id: '0', delta };
  }
  yield { type: 'text-end', id: '0' };
  if (line.call)
    yield {
      type: 'tool-call',
      toolCallId: `rehearsal-${progress(prompt)}`,
      toolName: line.call.tool,
      input: JSON.stringify(line.call.input),
    };
  const reason = line.call ? 'tool-calls' : 'stop';
  yield {
    type: 'finish',
    usage: usageOf(prompt, line),
    finishReason: { unified: reason, raw: reason },
  };
}

const streamOf = (parts: AsyncGenerator<LanguageModelV4StreamPart>) =>
  new ReadableStream<LanguageModelV4StreamPart>({
    async pull(controller) {
      const next = await parts.next();
      if (next.done) controller.close();
      else controller.enqueue(next.value);
    },
    cancel: async () => void (await parts.return(undefined)),
  });

/**
 * Plays a fixed script on the sample repository, with real tools, sandbox, commit and change: what Deckhand is like
 * before anybody has a model key. It says what it is.
 */
export function rehearsalModel(wordMs = 20): AgentModel {
  const model: LanguageModelV4 = {
    specificationVersion: 'v4',
    provider: 'deckhand',
    modelId: 'rehearsal',
    supportedUrls: {},
    doGenerate: () => Promise.reject(new Error('the rehearsal model only streams')),
    doStream: async options => ({ stream: streamOf(speak(options, wordMs)) }),
  };
  return { name: 'rehearsal', rehearsal: true, model };
}
