import type { FilePart, ModelMessage, ToolResultPart } from 'ai';
import { judgeMediaType } from '../platform/mediaType.ts';
import type { ReadAttachment } from './userMessage.ts';

/** The context keeps a reference; the bytes lie in the blob store and are put in when the model is asked. */
const reference = 'deckhand-artifact:';
/** The newest stay in sight, so many to twice as many; each costs as much as pages of text. */
const keptPictures = 8;

/** The result of a call that looked at a file, with where its bytes are. */
export const pictureResult = (text: string, artifactId: string): ToolResultPart['output'] => ({
  type: 'content',
  value: [
    { type: 'text', text },
    {
      type: 'file',
      mediaType: 'application/octet-stream',
      data: { type: 'text', text: reference + artifactId },
    },
  ],
});

/**
 * The context with the pictures of results behind them, as a message: not every API takes a picture in a result. Results
 * of one answer stay together.
 */
export async function withPictures(messages: ModelMessage[], read: ReadAttachment): Promise<ModelMessage[]> {
  const all = messages.flatMap(referencesIn);
  // Some at once: each that goes changes what a provider's cache knows from there on.
  const from = Math.max(0, Math.floor(all.length / keptPictures) - 1) * keptPictures;
  const last = new Set(all.slice(from));
  const made: ModelMessage[] = [];
  let waiting: FilePart[] = [];
  const showWaiting = () => {
    if (waiting.length === 0) return;
    const text = 'What the calls above looked at, in their order:';
    made.push({ role: 'user', content: [{ type: 'text', text }, ...waiting] });
    waiting = [];
  };
  for (const message of messages) {
    if (message.role !== 'tool') showWaiting();
    if (message.role !== 'tool' || referencesIn(message).length === 0) {
      made.push(message);
      continue;
    }
    const content: typeof message.content = [];
    for (const part of message.content) {
      const id = referencesIn({ role: 'tool', content: [part] })[0];
      if (part.type !== 'tool-result' || id === undefined) {
        content.push(part);
        continue;
      }
      const file = last.has(id) ? await shownOnce(part, () => filePart(id, read)) : null;
      if (file) waiting.push(file);
      content.push({ ...part, output: { type: 'text', value: textOf(part) + (file ? '' : notShown) } });
    }
    made.push({ ...message, content });
  }
  showWaiting();
  return made;
}

const notShown = '\n[It is not in sight any more: read the file again to look at it.]';

function referencesIn(message: ModelMessage): string[] {
  if (message.role !== 'tool') return [];
  return message.content.flatMap(part => {
    if (part.type !== 'tool-result' || part.output.type !== 'content') return [];
    return part.output.value.flatMap(each =>
      each.type === 'file' && each.data.type === 'text' && each.data.text.startsWith(reference)
        ? [each.data.text.slice(reference.length)]
        : [],
    );
  });
}

function textOf({ output }: ToolResultPart): string {
  if (output.type !== 'content') return '';
  return output.value.map(each => (each.type === 'text' ? each.text : '')).join('');
}

const shown = new WeakMap<ToolResultPart, Promise<FilePart | null>>();

/** Read and encoded once for a result, however many steps look at it. */
function shownOnce(part: ToolResultPart, make: () => Promise<FilePart | null>): Promise<FilePart | null> {
  const known = shown.get(part);
  if (known) return known;
  const made = make();
  shown.set(part, made);
  made.catch(() => shown.delete(part));
  return made;
}

async function filePart(artifactId: string, read: ReadAttachment): Promise<FilePart | null> {
  const data = await read(artifactId);
  if (!data) return null;
  const { kind, mediaType } = await judgeMediaType(data, '');
  return kind === 'shown' ? { type: 'file', mediaType, data: data.toString('base64') } : null;
}
