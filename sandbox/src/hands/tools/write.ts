import { readFile, stat } from 'node:fs/promises';
import type { EditInput, WriteInput } from '../../protocol/tools.ts';
import { resolvePath, shown } from '../places.ts';
import { type Change, digest, digestOf } from './change.ts';
import { fileError } from './file-errors.ts';
import { readTextFile } from './text-file.ts';
import { refusal, type ToolAnswer } from './tool.ts';

/** A change not yet made, and what is told once it is; or why there is none. */
export type Plan = { ok: true; change: Change; answer: ToolAnswer } | { ok: false; answer: ToolAnswer };

const refused = (answer: ToolAnswer): Plan => ({ ok: false, answer });

export async function planWrite({ path, content }: WriteInput): Promise<Plan> {
  const place = resolvePath(path);
  if (!place.ok) return refused(refusal(place.message, 'bad_input'));
  const name = shown(place.path);
  try {
    const old = await stat(place.path).catch(() => undefined);
    if (old && !old.isFile()) return refused(refusal(`${name} is not a regular file`));
    const bytes = Buffer.from(content, 'utf8');
    const before = await digestOf(place.path);
    const summary = `${before === 'absent' ? 'created' : 'wrote'} ${name}, ${bytes.length} bytes`;
    const change = { path: place.path, content: bytes, before, after: digest(bytes) };
    return { ok: true, change, answer: { ok: true, summary, output: summary } };
  } catch (error) {
    return refused(fileError(error, name));
  }
}

export async function planEdit(input: EditInput): Promise<Plan> {
  const place = resolvePath(input.path);
  if (!place.ok) return refused(refusal(place.message, 'bad_input'));
  const name = shown(place.path);
  try {
    const file = await readTextFile(place.path);
    if (!file.ok) return refused(refusal(`${name} ${file.message}`));
    const parts = file.text.split(input.old);
    const matches = parts.length - 1;
    if (matches === 0) return refused(refusal(noMatch(name, file.text, input.old)));
    if (matches > 1 && !input.all) {
      return refused(
        refusal(`the old text occurs ${matches} times in ${name}; give more of its surroundings, or set all`),
      );
    }
    const bytes = Buffer.from(parts.join(input.new), 'utf8');
    const line = (parts[0] ?? '').split('\n').length;
    const summary = `edited ${name}, ${matches === 1 ? `line ${line}` : `${matches} places`}`;
    const before = digest(await readFile(place.path));
    const change = { path: place.path, content: bytes, before, after: digest(bytes) };
    return { ok: true, change, answer: { ok: true, summary, output: summary } };
  } catch (error) {
    return refused(fileError(error, name));
  }
}

function noMatch(name: string, text: string, old: string): string {
  const loose = (value: string) => value.replace(/\s+/g, ' ').trim();
  const near = loose(text).includes(loose(old));
  const hint = near ? 'it is there with other white space; read the file again' : 'read the file again';
  return `the old text does not occur in ${name}: ${hint}`;
}
