import { Readable } from 'node:stream';
import type { LanguageModelV4StreamPart } from '@ai-sdk/provider';
import { expect, test } from '@jest/globals';
import type { ModelMessage } from 'ai';
import { MockLanguageModelV4 } from 'ai/test';
import fc from 'fast-check';
import { KeptContext, type Piece, readTodo, session } from '../../../test/helpers/longContext.ts';
import type { AgentModel } from '../model.ts';
import { isSteering } from './metadata.ts';
import { isPrompt } from './shape.ts';
import { loadTokenizer, tokensOf } from './tokens.ts';
import { wellFormed } from './wellFormed.ts';
import { type Compaction, WorkingContext } from './workingContext.ts';

const outline = '## Goal\n- all green\n## Decisions\n- none\n## Constraints\n- none\n## Files\n- none';
/** A model that sums up in these words; null: it fails. */
function summariser(words: string | null): AgentModel & { asked: string[] } {
  const asked: string[] = [];
  const model = new MockLanguageModelV4({
    doStream: async options => {
      asked.push(JSON.stringify(options.prompt));
      if (words === null) throw new Error('no such model');
      const usage = {
        inputTokens: { total: 100, noCache: 100, cacheRead: 0, cacheWrite: 0 },
        outputTokens: { total: 20, text: 20, reasoning: 0 },
      };
      const parts: LanguageModelV4StreamPart[] = [
        { type: 'stream-start', warnings: [] },
        { type: 'text-start', id: '0' },
        { type: 'text-delta', id: '0', delta: words },
        { type: 'text-end', id: '0' },
        { type: 'finish', finishReason: { unified: 'stop', raw: 'stop' }, usage },
      ];
      return { stream: Readable.toWeb(Readable.from(parts)) as ReadableStream<LanguageModelV4StreamPart> };
    },
  });
  return { name: 'fast', rehearsal: false, model, asked };
}

function open(
  kept: KeptContext,
  {
    windowTokens = 20_000,
    messages = 1_000,
    keep = 20,
    models = [summariser(outline)] as AgentModel[],
    mayAsk = true,
  } = {},
) {
  const written: Compaction[] = [];
  const context = new WorkingContext({
    read: async () => kept.read(),
    mayAsk: async () => mayAsk,
    write: async compaction => {
      written.push(compaction);
      kept.versions.push(compaction.version);
      kept.measure = null;
    },
    learn: async window => {
      kept.window = window;
    },
    beside: async () => 'Be good.',
    settings: { windowTokens, share: 0.8, messages, keep },
    model: 'scripted',
    summarisers: models,
    signal: new AbortController().signal,
  });
  return { context, written };
}

const step = (say: string, ...results: string[]): Piece => ({ kind: 'step', say, results });
const prompt = (text: string): Piece => ({ kind: 'prompt', text });
const long = (chars: number) => 'word after word, '.repeat(Math.ceil(chars / 17)).slice(0, chars);
const textOf = (messages: ModelMessage[]) => JSON.stringify(messages);

const callsAndResults = (messages: ModelMessage[]) => {
  const open = new Set<string>();
  for (const { role, content } of messages) {
    if (role !== 'tool' && open.size > 0) return 'a call without its result';
    if (typeof content === 'string') continue;
    for (const part of content) {
      if (part.type === 'tool-call') open.add(part.toolCallId);
      if (part.type === 'tool-result' && !open.delete(part.toolCallId)) return 'a result without its call';
    }
  }
  return open.size > 0 ? 'a call without its result' : 'whole';
};

test('whatever a session was: the newest prompts and todo list are read, calls keep their results, every string is well-formed, the budget holds', async () => {
  const count = await loadTokenizer();
  await fc.assert(
    fc.asyncProperty(fc.array(session, { minLength: 1, maxLength: 4 }), async turns => {
      const kept = new KeptContext();
      const { context } = open(kept, { messages: 30, keep: 10 });
      for (const turn of turns) {
        kept.add(turn);
        const messages = await context.messages();
        // What the turn began with, and all that was said to it since.
        const begun = kept.messages.findLastIndex(message => isPrompt(message) && !isSteering(message));
        const wanted = kept.messages
          .slice(begun)
          .filter(isPrompt)
          .map(({ content }) => wellFormed(content[0]));
        const read = messages.filter(isPrompt).map(({ content }) => content[0]);
        expect(read).toEqual(expect.arrayContaining(wanted));
        expect(readTodo(messages)).toBe(readTodo(kept.messages));
        expect(callsAndResults(messages)).toBe('whole');
        expect(textOf(messages).isWellFormed()).toBe(true);
        expect(textOf(messages)).not.toContain('"deckhand"');
        const tokens = messages.reduce((sum, message) => sum + tokensOf(message, count), 0);
        expect(tokens).toBeLessThanOrEqual(20_000);
        // Asked again, the very same; and nothing is cut twice without anything new.
        const { length } = kept.versions;
        expect(textOf(await context.messages())).toBe(textOf(messages));
        await context.tidy();
        await context.tidy();
        expect(kept.versions.length).toBeLessThanOrEqual(length + 1);
      }
    }),
    { numRuns: 25 },
  );
});

test('older results give way first, each to a line that says how to read it again; the newest stay whole', async () => {
  const kept = new KeptContext();
  kept.add([prompt('Look'), ...Array.from({ length: 16 }, (_, i) => step(`step ${i}`, long(6_000)))]);
  const { context, written } = open(kept, { keep: 6 });
  const messages = await context.messages();
  expect(written).toMatchObject([{ by: null, version: { version: 1, summary: null } }]);
  expect(written[0]?.afterTokens).toBeLessThan((written[0]?.beforeTokens ?? 0) / 2);
  expect(textOf(messages)).toContain(
    '[Shortened: bash, exit code 0 (6000 characters). read_result {\\"callId\\":\\"cal_0\\"} gives it again.]',
  );
  expect(messages.slice(-6).some(message => textOf([message]).includes('Shortened'))).toBe(false);
  expect(messages).toHaveLength(kept.messages.length);
});

test('between two versions the context grows at its end only', async () => {
  const kept = new KeptContext();
  kept.add([prompt('Begin')]);
  const { context } = open(kept);
  let before = { text: '', versions: -1 };
  let shared = 0;
  for (let i = 0; i < 80; i++) {
    kept.add([step(`step ${i}`, long(3_000))]);
    const messages = await context.messages();
    const text = textOf(messages).slice(0, -1);
    if (before.versions === kept.versions.length) {
      expect(text.startsWith(before.text)).toBe(true);
      shared += 1;
    }
    before = { text, versions: kept.versions.length };
  }
  // What a provider caches by prefix: all but the first request after each cut.
  expect(shared).toBeGreaterThan(50);
  expect(kept.versions.length).toBeGreaterThan(1);
});

test('a summary takes the place of older messages; what people said stands beside it word for word', async () => {
  const kept = new KeptContext();
  kept.add([
    prompt('Make the tests of packages/core/parser.ts green; never touch LegacyParser'),
    step('`retryBudget` is 4096', 'out'),
  ]);
  for (let i = 0; i < 40; i++) kept.add([prompt(`Go on ${i}`), step(`did ${i}`, `result ${i}`)]);
  const fast = summariser(outline);
  const { context, written } = open(kept, { messages: 50, keep: 20, models: [fast] });
  await context.tidy();
  const messages = await context.messages();
  expect(messages.length).toBeLessThan(30);
  expect(textOf(messages)).toContain('never touch LegacyParser');
  expect(textOf(messages)).toContain('Goal');
  expect(written).toMatchObject([{ by: 'fast', asked: [{ model: 'fast', usage: { inputTokens: 100 } }] }]);
  // The model's outline forgot the path; the person's words have it.
  expect(written[0]?.lost).not.toContain('packages/core/parser.ts');
  expect(written[0]?.lost).toEqual(expect.arrayContaining(['retryBudget', '4096']));
  expect(fast.asked[0]).toContain('Go on 3');
  expect(fast.asked[0]).not.toContain('Go on 39');
});

test('the todo list outlives any number of summaries, also one that is older and kept beside them', async () => {
  const kept = new KeptContext();
  kept.add([prompt('Begin'), { kind: 'plan', step: 'step number 1', ok: true }, prompt('And now this')]);
  kept.add([
    { kind: 'plan', step: 'step number 2', ok: true },
    { kind: 'plan', step: 'step number 3', ok: false },
  ]);
  const { context, written } = open(kept, { messages: 30, keep: 6 });
  for (let round = 0; round < 4; round++) {
    kept.add(Array.from({ length: 30 }, (_, i) => step(`round ${round} step ${i}`, long(100))));
    await context.tidy();
    expect(readTodo(await context.messages())).toBe('step number 2');
  }
  expect(written.length).toBeGreaterThan(2);
  kept.add([prompt('Thanks')]);
  expect(textOf(await context.messages())).toContain('- pending: step number 2');
});

test('without a model a summary is put together from the log, and says so', async () => {
  const kept = new KeptContext();
  for (let i = 0; i < 40; i++) kept.add([prompt(`Prompt ${i}`), step(`I did part ${i}`, 'fine')]);
  const { context, written } = open(kept, {
    messages: 50,
    models: [summariser(null), summariser('I am sorry, I cannot.')],
  });
  await context.tidy();
  expect(written[0]?.by).toBe('log');
  // Its answer was of no use, and is paid for all the same.
  expect(written[0]?.asked).toMatchObject([{ model: 'fast', usage: { outputTokens: 20 } }]);
  const text = textOf(await context.messages());
  expect(text).toContain('No model could be had to sum this up');
  expect(text).toContain('Prompt 0');
  expect(text).toContain('I did part 2');
});

test('nobody is asked to sum up where nothing may be used for it', async () => {
  const kept = new KeptContext();
  for (let i = 0; i < 40; i++) kept.add([prompt(`Prompt ${i}`), step(`I did part ${i}`, 'fine')]);
  const fast = summariser(outline);
  const { context, written } = open(kept, { messages: 50, models: [fast], mayAsk: false });
  await context.tidy();
  expect([fast.asked, written]).toEqual([[], []]);
});

test('a model that finds a request too long reads less, and the window that it names counts from then on', async () => {
  const kept = new KeptContext();
  kept.add([prompt('Begin')]);
  for (let i = 0; i < 20; i++) kept.add([step(`step ${i}`, long(2_000))]);
  const { context, written } = open(kept, { windowTokens: 1_000_000, keep: 4 });
  expect(await context.messages()).toHaveLength(kept.messages.length);
  expect(await context.refused(8_000)).toBe(true);
  expect(written[0]?.afterTokens).toBeLessThan(8_000);
  kept.add(Array.from({ length: 20 }, (_, i) => step(`more ${i}`, long(2_000))));
  await context.messages();
  expect(written.at(-1)?.afterTokens).toBeLessThan(8_000);
  expect(textOf(await context.messages())).toContain('Begin');
  // The next turn knows it.
  kept.add(Array.from({ length: 20 }, (_, i) => step(`later ${i}`, long(2_000))));
  const later = open(kept, { windowTokens: 1_000_000, keep: 4 });
  await later.context.messages();
  expect(later.written.at(-1)?.afterTokens).toBeLessThan(8_000);
});

test('a number in a refusal that cannot be the window is not believed', async () => {
  const kept = new KeptContext();
  kept.add([prompt('Begin')]);
  for (let i = 0; i < 20; i++) kept.add([step(`step ${i}`, long(4_000))]);
  kept.measure = { length: kept.messages.length, version: 0, tokens: 20_000, model: 'scripted' };
  const { context } = open(kept, { windowTokens: 1_000_000, keep: 4 });
  await context.messages();
  expect(await context.refused(4_096)).toBe(true);
  expect(kept.window?.tokens).toBe(18_000);
});

test('a prompt that alone is larger than the window cannot be helped: it is said, and nothing loops', async () => {
  const kept = new KeptContext();
  kept.add([prompt(long(60_000))]);
  const { context, written } = open(kept, { windowTokens: 4_000 });
  expect(await context.messages()).toHaveLength(1);
  expect(await context.refused(4_000)).toBe(false);
  expect(written).toHaveLength(0);
});

test('what the provider counts corrects our own count', async () => {
  const kept = new KeptContext();
  kept.add([prompt('Begin'), step('a', long(2_000))]);
  const { context, written } = open(kept, { keep: 2 });
  await context.messages();
  // Ten times what we would count.
  kept.measure = { length: kept.messages.length, version: 0, tokens: 15_900, model: 'scripted' };
  kept.add([step('b', long(2_000)), step('c', long(2_000))]);
  await context.messages();
  expect(written).toHaveLength(1);
});

test('of an open question the answer reads what was asked', async () => {
  const kept = new KeptContext();
  for (let i = 0; i < 30; i++) kept.add([prompt(`Go on ${i}`), step(`did ${i}`, long(800))]);
  kept.add([step('Which of the two shall I keep?', 'asked'), prompt('The second')]);
  kept.add(Array.from({ length: 30 }, (_, i) => step(`more ${i}`, long(2_500))));
  const { context } = open(kept, { messages: 10, keep: 4 });
  await context.tidy();
  const text = textOf(await context.messages());
  expect(text).toContain('Which of the two shall I keep?');
  expect(text).toContain('The second');
});

test('a session that holds half of a surrogate pair works again', async () => {
  const kept = new KeptContext();
  kept.add([prompt('half \ud83d'), step('other half \ude00', 'cut \ud83d')]);
  const { context } = open(kept);
  expect(textOf(kept.messages)).toContain('\\ud83d');
  expect(textOf(await context.messages())).not.toMatch(/\\ud[89a-f]/);
});
