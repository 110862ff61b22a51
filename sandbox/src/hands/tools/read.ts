import { resultOutputBytes } from '../../protocol/limits.ts';
import type { ReadInput } from '../../protocol/tools.ts';
import { resolvePath, shown } from '../places.ts';
import { fileError } from './file-errors.ts';
import { readTextFile } from './text-file.ts';
import { refusal, type ToolAnswer } from './tool.ts';

const defaultLines = 2000;
const maxLineChars = 2000;
/** Whole lines, so that a reader can go on where it ended, instead of a cut in the middle. */
const budgetBytes = resultOutputBytes - 256;

export async function read({ path, offset = 1, limit = defaultLines }: ReadInput): Promise<ToolAnswer> {
  const place = resolvePath(path);
  if (!place.ok) return refusal(place.message, 'bad_input');
  const name = shown(place.path);
  try {
    const file = await readTextFile(place.path);
    if (!file.ok) return refusal(`${name} ${file.message}`);
    return numbered(name, file.text, { offset, limit });
  } catch (error) {
    return fileError(error, name);
  }
}

function numbered(
  name: string,
  text: string,
  { offset, limit }: { offset: number; limit: number },
): ToolAnswer {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  if (lines.length === 0) return { ok: true, summary: `${name} is empty`, output: '(empty file)' };
  if (offset > lines.length) return refusal(`${name} has only ${lines.length} lines`, 'bad_input');
  const shownLines: string[] = [];
  let bytes = 0;
  for (const line of lines.slice(offset - 1, offset - 1 + limit)) {
    const kept =
      line.length > maxLineChars ? `${line.slice(0, maxLineChars)}… (${line.length} characters)` : line;
    const numberedLine = `${String(offset + shownLines.length).padStart(6)}\t${kept}`;
    bytes += Buffer.byteLength(numberedLine) + 1;
    if (bytes > budgetBytes && shownLines.length > 0) break;
    shownLines.push(numberedLine);
  }
  const last = offset + shownLines.length - 1;
  if (last < lines.length)
    shownLines.push(`(${lines.length - last} more lines; go on with offset ${last + 1})`);
  const range =
    offset === 1 && last === lines.length
      ? `${lines.length} lines`
      : `lines ${offset}-${last} of ${lines.length}`;
  return { ok: true, summary: `${name}, ${range}`, output: shownLines.join('\n') };
}
