/** Some lines of a log. They are drawn block by block: a browser lays out only those in sight. */
export type LogBlock = {
  /** Its place in the whole log, from 0. */
  n: number;
  text: string;
  lines: number;
  /** Terminal colours that were on where it begins. */
  colours: string;
};

const blockLines = 200;
/** A line that never ends is cut, so that a piece more does not draw all of it anew. */
const lineChars = 20_000;
/** What came before is let go: a page cannot hold everything. */
const mostBlocks = 1_000;
/** Programs that never reset their colours. */
const mostColours = 20;

/** The log with another piece at its end. Blocks that are full stay the same objects. */
export function appendLog(blocks: readonly LogBlock[], text: string): readonly LogBlock[] {
  if (text === '') return blocks;
  const open = blocks.at(-1);
  const grown = blocks.slice(0, -1);
  const lines = linesOf((open?.text ?? '') + text);
  let colours = open?.colours ?? '';
  for (let at = 0; at < lines.length; at += blockLines) {
    const some = lines.slice(at, at + blockLines);
    const block = { n: (open?.n ?? 0) + at / blockLines, text: some.join(''), lines: some.length, colours };
    colours = coloursAfter(block);
    grown.push(block);
  }
  return grown.slice(-mostBlocks);
}

const linesOf = (text: string) =>
  text.match(new RegExp(`[^\\n]{0,${lineChars}}\\n|[^\\n]{1,${lineChars}}`, 'gu')) ?? [];

// biome-ignore lint/suspicious/noControlCharactersInRegex: the escape that begins a colour
const colour = /\u001b\[[\d;:]*m/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: as above
const reset = /^\u001b\[0*(m|;)/;

function coloursAfter({ colours, text }: LogBlock): string {
  const all = (colours + text).match(colour) ?? [];
  return all
    .slice(
      Math.max(
        0,
        all.findLastIndex(code => reset.test(code)),
      ),
    )
    .slice(-mostColours)
    .join('');
}
