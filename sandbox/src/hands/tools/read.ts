import { noNotebook } from '../../documents/protocol.ts';
import { resultOutputBytes } from '../../protocol/limits.ts';
import type { ReadInput } from '../../protocol/tools.ts';
import { shown } from '../places.ts';
import { documentText } from './document-text.ts';
import { fileError } from './file-errors.ts';
import { findPath } from './find-path.ts';
import { lineEndOf } from './line-ends.ts';
import { pictureKind } from './picture.ts';
import { encodingNote, readBytes, textOf } from './text-file.ts';
import { refusal, type ToolAnswer } from './tool.ts';

const defaultLines = 2000;
/** As much as every model takes. */
const mostShownBytes = 4 * 1024 * 1024;
const maxLineChars = 2000;
/** Whole lines, so that a reader can go on where it ended, instead of a cut in the middle. */
const budgetBytes = resultOutputBytes - 256;

export async function read(
  { path, encoding, offset = 1, limit = defaultLines }: ReadInput,
  signal: AbortSignal,
): Promise<ToolAnswer> {
  const place = await findPath(path);
  if (!place.ok) return refusal(place.message, 'bad_input');
  const name = shown(place.path);
  try {
    const document = await documentText(place.path, signal);
    if (document?.ok && document.text !== '')
      return numbered(name, document.text, { offset, limit, about: `, ${document.about}, ${asText}` });
    const whole = await readBytes(place.path);
    if (!whole.ok) return refusal(`${name} ${whole.message}`);
    const kind = pictureKind(whole.bytes);
    // Of a document that cannot be read no model could make anything either.
    if (kind && document?.ok !== false) {
      const note = document ? '; it has no text, only what it looks like' : '';
      return picture({ name, path: place.path, kind, bytes: whole.bytes.length, note });
    }
    if (document && !document.ok && document.message !== noNotebook)
      return refusal(`${name} ${document.message}; use search or bash`);
    const file = textOf(whole.bytes, encoding);
    if (!file.ok) return refusal(`${name} ${file.message}`);
    const ends = lineEndOf(file.text.text);
    const about = `${encodingNote(file.text, encoding)}${ends === '\r\n' ? ', CRLF line ends' : ends === 'mixed' ? ', mixed line ends' : ''}`;
    return numbered(name, file.text.text.replaceAll('\r\n', '\n'), { offset, limit, about });
  } catch (error) {
    return fileError(error, name);
  }
}

/** An edit matches the file itself, which is something else. */
const asText = 'shown as text: the lines are not those of the file';

type Picture = { name: string; path: string; kind: string; bytes: number; note: string };

function picture({ name, path, kind, bytes, note }: Picture): ToolAnswer {
  const about = `${name}, a ${kind} of ${bytes} bytes${note}`;
  if (bytes > mostShownBytes) return refusal(`${about}: only up to ${mostShownBytes} bytes can be looked at`);
  return { ok: true, summary: about, output: about, shown: { path, bytes } };
}

function numbered(
  name: string,
  text: string,
  { offset, limit, about }: { offset: number; limit: number; about: string },
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
  // What is not as everywhere else must reach whoever edits it next.
  if (about) shownLines.unshift(`(${about.slice(2)})`);
  return { ok: true, summary: `${name}, ${range}${about}`, output: shownLines.join('\n') };
}
