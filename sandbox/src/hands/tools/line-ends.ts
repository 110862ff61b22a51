/** A text with its line ends as `\n`, and the way back to places in the text as it is. */
export type Lines = {
  text: string;
  /** Where the place of `text` lies in the text as it is; before the whole line end. */
  place: (at: number) => number;
};

export function withPlainLineEnds(original: string): Lines {
  if (!original.includes('\r\n')) return { text: original, place: at => at };
  const text = original.replaceAll('\r\n', '\n');
  // How many carriage returns were left out before each line: places are found by bisection.
  const starts: number[] = [];
  const left: number[] = [];
  let removed = 0;
  let at = -1;
  for (let from = 0; ; from = at + 1) {
    starts.push(from - removed);
    left.push(removed);
    at = original.indexOf('\n', from);
    if (at === -1) break;
    if (original[at - 1] === '\r') removed++;
  }
  return { text, place: plain => plain + (left[lineOf(starts, plain)] ?? 0) };
}

function lineOf(starts: number[], at: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((starts[middle] ?? 0) <= at) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** The line end that a text uses, where it uses one throughout. */
export function lineEndOf(text: string): '\n' | '\r\n' | 'mixed' | 'none' {
  const all = text.split('\n').length - 1;
  if (all === 0) return 'none';
  const long = text.split('\r\n').length - 1;
  return long === 0 ? '\n' : long === all ? '\r\n' : 'mixed';
}

/** The line end for what is inserted at a place: that of the line it stands in, else the one before it. */
export function lineEndAt(text: string, at: number): '\n' | '\r\n' {
  const next = text.indexOf('\n', at);
  const end = next === -1 ? text.lastIndexOf('\n') : next;
  return end > 0 && text[end - 1] === '\r' ? '\r\n' : '\n';
}
