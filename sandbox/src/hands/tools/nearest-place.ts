const shownLines = 8;
const shownChars = 200;
const mostWanted = 200;
/** Lines looked at in search of one place: nothing else is done in here meanwhile. */
const mostCompared = 500_000;
/** Of a line's characters that must agree before it counts as near. */
const nearShare = 0.6;

/** Says which place of a text comes nearest to one that was looked for in vain, and how it differs. */
export function nearestPlace(text: string, old: string): string {
  const lines = text.split('\n');
  const wanted = old.replace(/\n$/, '').split('\n');
  if (lines.length * Math.min(wanted.length, mostWanted) > mostCompared) return 'read the file again';
  let best = { at: -1, score: 0 };
  for (const at of lines.keys()) {
    const score = scoreAt(lines, wanted, at);
    if (score > best.score) best = { at, score };
  }
  if (best.at === -1) return 'nothing in it comes near; read the file again';
  const differs = wanted.findIndex((line, index) => lines[best.at + index] !== line);
  const first = best.at + Math.max(0, differs);
  const there = lines.slice(best.at, best.at + Math.min(wanted.length, shownLines));
  const numbered = there.map((line, index) => `${String(best.at + index + 1).padStart(6)}\t${clip(line)}`);
  return [
    `nearest are the lines from ${best.at + 1} on, which differ first in line ${first + 1}:`,
    ...numbered,
    'where you gave for that line:',
    `      \t${clip(wanted[Math.max(0, differs)] ?? '')}`,
  ].join('\n');
}

const clip = (line: string) => (line.length > shownChars ? `${line.slice(0, shownChars)}…` : line);

function scoreAt(lines: string[], wanted: string[], at: number): number {
  let score = 0;
  for (const [index, line] of wanted.slice(0, mostWanted).entries()) {
    const other = lines[at + index];
    if (other === undefined) break;
    if (line.trim() === '') continue;
    if (other.trim() === line.trim()) score += 1;
    // Comparing each pair of lines by character is dear: only where it can decide.
    else if (wanted.length <= 3 || index === 0) score += nearness(other.trim(), line.trim());
  }
  return score;
}

/** Share of the longer line that both begin and end with, 0 below what counts as near. */
function nearness(a: string, b: string): number {
  const most = Math.min(a.length, b.length);
  let before = 0;
  while (before < most && a[before] === b[before]) before++;
  let behind = 0;
  while (behind < most - before && a.at(-1 - behind) === b.at(-1 - behind)) behind++;
  const share = (before + behind) / Math.max(a.length, b.length, 1);
  return share >= nearShare ? share * 0.9 : 0;
}
