import type { EditInput } from '../../protocol/tools.ts';
import { shown } from '../places.ts';
import { digest } from './change.ts';
import { encode } from './encoding.ts';
import { fileError } from './file-errors.ts';
import { findPath } from './find-path.ts';
import { cannotEncode, type Plan, planned, refused } from './plan.ts';
import { type Replacement, replaceText } from './replace.ts';
import { encodingNote, readTextFile } from './text-file.ts';
import { refusal } from './tool.ts';

/** Replaces places of a file, all or none of them; each is looked for in what the one before it made. */
export async function planEdit(input: EditInput): Promise<Plan> {
  const place = await findPath(input.path);
  if (!place.ok) return refused(refusal(place.message, 'bad_input'));
  const { path } = place;
  const name = shown(path);
  try {
    const file = await readTextFile(path, input.encoding);
    if (!file.ok) return refused(refusal(`${name} ${file.message}`));
    const edits = editsOf(input);
    let { text } = file.text;
    const done: string[] = [];
    for (const [at, edit] of edits.entries()) {
      const result = replaceText(text, edit);
      if (!result.ok) {
        const which = edits.length > 1 ? ` of edit ${at + 1} (none was made)` : '';
        const about = encodingNote(file.text, input.encoding);
        return refused(refusal(`the old text${which} in ${name}${about} ${result.message}`));
      }
      text = result.text;
      done.push(
        `${result.places === 1 ? `line ${result.line}` : `${result.places} places`}${result.otherWhiteSpace ? ' (matched with other white space)' : ''}`,
      );
    }
    const content = encode(text, file.text);
    if (!content) return cannotEncode(name, edits.map(edit => edit.new).join(''), file.text);
    const summary = `edited ${name}, ${done.join(', ')}${encodingNote(file.text, input.encoding)}`;
    return planned({ path, before: digest(file.bytes), content, summary });
  } catch (error) {
    return refused(fileError(error, name));
  }
}

const editsOf = ({ old, new: fresh, all, edits }: EditInput): Replacement[] =>
  edits ?? (old === undefined || fresh === undefined ? [] : [{ old, new: fresh, all }]);
