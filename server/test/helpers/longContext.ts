import type { ModelMessage } from 'ai';
import fc from 'fast-check';
import { asSteering, withNote } from '../../src/agent/context/metadata.ts';
import type { Context, ContextVersion, Entry } from '../../src/agent/context/state.ts';

/** A piece of a session: a prompt, an answer with calls and their results, a word of Deckhand's. */
export type Piece =
  | { kind: 'prompt'; text: string; picture?: boolean; steers?: boolean }
  | { kind: 'step'; say: string; results: string[] }
  | { kind: 'plan'; step: string; ok: boolean }
  | { kind: 'told'; text: string };

export function messagesOf(pieces: readonly Piece[]): ModelMessage[] {
  let calls = 0;
  return pieces.flatMap((piece): ModelMessage[] => {
    if (piece.kind === 'told') return [{ role: 'user', content: `[Deckhand] ${piece.text}` }];
    if (piece.kind === 'prompt') {
      const picture = { type: 'file' as const, mediaType: 'image/png', filename: 'shot.png', data: 'AAAA' };
      const text = { type: 'text' as const, text: `Ana: ${piece.text}` };
      const message = { role: 'user' as const, content: piece.picture ? [text, picture] : [text] };
      return [piece.steers ? asSteering(message) : message];
    }
    if (piece.kind === 'plan') {
      const toolCallId = `p${piece.step}`;
      const items = [{ text: piece.step, status: 'pending' as const }];
      const part = {
        ...{ type: 'tool-result' as const, toolCallId, toolName: 'plan' },
        output: { type: 'text' as const, value: piece.ok ? '0 of 1 done' : 'Arguments were not valid' },
      };
      const note = { callId: 'cal_plan00', summary: part.output.value, ok: piece.ok };
      return [
        {
          role: 'assistant',
          content: [{ type: 'tool-call', toolCallId, toolName: 'plan', input: { items } }],
        },
        { role: 'tool', content: [withNote(part, note)] },
      ];
    }
    const asked = piece.results.map((output, i) => ({
      id: `m${calls + i}`,
      output,
      callId: `cal_${calls + i}`,
    }));
    calls += asked.length;
    return [
      {
        role: 'assistant',
        content: [
          { type: 'text', text: piece.say },
          ...asked.map(({ id }) => ({
            type: 'tool-call' as const,
            toolCallId: id,
            toolName: 'bash',
            input: { command: `run ${id}` },
          })),
        ],
      },
      ...asked.map(({ id, output, callId }): ModelMessage => {
        const part = {
          type: 'tool-result' as const,
          toolCallId: id,
          toolName: 'bash',
          output: { type: 'text' as const, value: output },
        };
        return { role: 'tool', content: [withNote(part, { callId, summary: 'exit code 0', ok: true })] };
      }),
    ];
  });
}

const text = (maxLength: number) => fc.string({ unit: 'binary', maxLength });
const piece: fc.Arbitrary<Piece> = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('prompt' as const),
      text: text(300),
      picture: fc.boolean(),
      steers: fc.boolean(),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('step' as const),
      say: text(200),
      results: fc.array(
        fc.nat(12_000).map(length => 'line of output, 42 of it\n'.repeat(Math.ceil(length / 25))),
        { maxLength: 3 },
      ),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('told' as const), text: text(80) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('plan' as const),
      step: fc.nat(1_000_000_000).map(n => `step number ${n}`),
      ok: fc.boolean(),
    }),
  },
);

/** Sessions that begin with a prompt, as all do. */
export const session: fc.Arbitrary<Piece[]> = fc
  .tuple(text(200), fc.array(piece, { minLength: 1, maxLength: 60 }))
  .map(([first, rest]) => [{ kind: 'prompt' as const, text: first }, ...rest]);

const stepNumber = /step number \d+/g;

/** The last todo list that a model reads of; what was refused is none. */
export function readTodo(messages: readonly ModelMessage[]): string | undefined {
  const refused = new Set(
    messages.flatMap(({ role, content }) =>
      role === 'tool'
        ? content.flatMap(part =>
            part.type === 'tool-result'
              ? JSON.stringify(part.output).includes('not valid')
                ? part.toolCallId
                : []
              : [],
          )
        : [],
    ),
  );
  return messages
    .flatMap(({ role, content }) => {
      if (role === 'user' && typeof content === 'string' && content.startsWith('[Deckhand] Your todo list'))
        return content;
      if (role !== 'assistant' || typeof content === 'string') return [];
      return content.flatMap(part =>
        part.type === 'tool-call' && part.toolName === 'plan' && !refused.has(part.toolCallId)
          ? JSON.stringify(part.input)
          : [],
      );
    })
    .at(-1)
    ?.match(stepNumber)?.[0];
}

/** The context in memory, as Redis would keep it. */
export class KeptContext {
  messages: ModelMessage[] = [];
  versions: ContextVersion[] = [];
  measure: Context['measure'] = null;
  window: Context['window'] = null;

  add(pieces: readonly Piece[]): void {
    this.messages.push(...messagesOf(pieces));
  }

  read(): Context {
    const version = this.versions.at(-1) ?? null;
    const all = this.messages.map((message, place): Entry => ({ place, message }));
    const entries = all.filter(
      ({ place }) => !version || place >= version.upTo || version.kept.includes(place),
    );
    return {
      version,
      newest: this.versions.length,
      entries,
      length: all.length,
      measure: this.measure,
      window: this.window,
    };
  }
}
