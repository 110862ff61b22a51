import { stat } from 'node:fs/promises';
import type { WriteInput } from '../../protocol/tools.ts';
import { shown } from '../places.ts';
import { digest, digestOf } from './change.ts';
import { encode } from './encoding.ts';
import { fileError } from './file-errors.ts';
import { findPath } from './find-path.ts';
import { lineEndOf } from './line-ends.ts';
import { cannotEncode, type Plan, planned, refused } from './plan.ts';
import { encodingNote, readBytes, textOf } from './text-file.ts';
import { refusal } from './tool.ts';

/** A file's whole content. What was there gives its encoding, byte order mark and line ends on. */
export async function planWrite({ path: asked, content }: WriteInput): Promise<Plan> {
  const place = await findPath(asked);
  if (!place.ok) return refused(refusal(place.message, 'bad_input'));
  const { path } = place;
  const name = shown(path);
  try {
    const there = await stat(path).catch(() => undefined);
    if (there && !there.isFile()) return refused(refusal(`${name} is not a regular file`));
    const old = there ? await readBytes(path) : undefined;
    const file = old?.ok && old.bytes.length > 0 ? textOf(old.bytes) : undefined;
    // Too large to be text that anybody edits is replaced as it is.
    const before = old?.ok ? digest(old.bytes) : await digestOf(path);
    if (!file?.ok) {
      const bytes = Buffer.from(content, 'utf8');
      const summary = `${there ? 'wrote' : 'created'} ${name}, ${bytes.length} bytes`;
      return planned({ path, before, content: bytes, summary });
    }
    const { text } = file;
    const keepsLong = lineEndOf(text.text) === '\r\n' && lineEndOf(content) === '\n';
    const fresh = (keepsLong ? content.replaceAll('\n', '\r\n') : content).replace(/^\ufeff/, '');
    const bytes = encode(fresh, text);
    if (!bytes) return cannotEncode(name, fresh, text);
    const kept = `${encodingNote(text, text.encoding)}${keepsLong ? ', line ends kept as CRLF' : ''}`;
    return planned({ path, before, content: bytes, summary: `wrote ${name}, ${bytes.length} bytes${kept}` });
  } catch (error) {
    return refused(fileError(error, name));
  }
}
