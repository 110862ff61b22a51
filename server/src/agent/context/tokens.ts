import type { ModelMessage } from 'ai';

/** A picture costs some hundreds to some thousands, whatever its bytes are. */
const pictureTokens = 1_500;
/** Around each message and each of its parts. */
const frameTokens = 8;

export type Count = (text: string) => number;

let tokenizer: Promise<Count> | undefined;

/**
 * OpenAI's o200k_base. Other models count by some tenths differently; what the provider reports corrects it. Loaded
 * when first needed: its table is large, and most sessions stay far below any window.
 */
export function loadTokenizer(): Promise<Count> {
  tokenizer ??= import('gpt-tokenizer/encoding/o200k_base').then(({ countTokens }) =>
    boundedCount(text => countTokens(text, { allowedSpecial: 'all' })),
  );
  return tokenizer;
}

/** Of a text, at most; the rest costs as much as what was counted. */
const countedChars = 400_000;
/** No word of people or programs is as long as this, without a blank in it. */
const longRun = /(?<!\S)\S{500}|(?<!\s)\s{500}/;
const pieceChars = 250;

/**
 * Counting grows with the square of a run of signs without a break: 200,000 of one letter, which any command may print,
 * kept the server from everything else for half a minute. Texts with such runs are counted in pieces, a token or so more
 * at each cut.
 */
function boundedCount(count: Count): Count {
  return text => {
    const read = text.slice(0, countedChars);
    const tokens = longRun.test(read)
      ? Array.from({ length: Math.ceil(read.length / pieceChars) }, (_, piece) =>
          count(read.slice(piece * pieceChars, (piece + 1) * pieceChars)),
        ).reduce((sum, each) => sum + each, 0)
      : count(read);
    return Math.ceil((tokens * text.length) / Math.max(1, read.length));
  };
}

/** No encoding of bytes makes more tokens than there are bytes. */
export const mostTokens: Count = text => Buffer.byteLength(text);

/** What a message costs, by a way to count text. */
export function tokensOf(message: ModelMessage, count: Count): number {
  if (typeof message.content === 'string') return frameTokens + count(message.content);
  return message.content.reduce((sum, part) => sum + frameTokens + partTokens(part, count), frameTokens);
}

type Part = Exclude<ModelMessage['content'], string>[number];

function partTokens(part: Part, count: Count): number {
  switch (part.type) {
    case 'text':
    case 'reasoning':
      return count(part.text);
    case 'image':
    case 'file':
      return pictureTokens;
    case 'tool-call':
      return count(JSON.stringify(part.input) ?? '') + count(part.toolName);
    case 'tool-result':
      return resultTokens(part.output, count);
    default:
      return count(JSON.stringify(part));
  }
}

function resultTokens(output: Extract<Part, { type: 'tool-result' }>['output'], count: Count): number {
  if (output.type === 'text' || output.type === 'error-text') return count(output.value);
  if (output.type !== 'content') return count(JSON.stringify(output));
  return output.value.reduce(
    (sum, each) => sum + (each.type === 'text' ? count(each.text) : pictureTokens),
    0,
  );
}
