import { startOfBytes } from '@deckhand/shared';

/** What a repository says to agents in one of its files, of whichever maker. */
export type AgentsFile = { path: string; text: string };

/** A book is cut. */
const mostBytes = 16 * 1024;

/** As the model reads it: quoted, so that it cannot end its own quotation; that it was cut is said. */
export function quoteAgents({ text }: AgentsFile): string {
  const shown = startOfBytes(text, mostBytes);
  const rest = text.length - shown.length;
  const cut = rest > 0 ? `\n[Cut here: ${rest} more characters; read the file for the rest.]` : '';
  return `<agents>\n${shown.replaceAll(/<(?=\/?agents>)/gi, '‹')}${cut}\n</agents>`;
}

const opening = '[Deckhand] The repository has instructions for work under ';

/** What the model is told when it first works in a folder that has instructions of its own. */
export function folderInstructions(file: AgentsFile): string {
  const folder = file.path.slice(0, file.path.lastIndexOf('/'));
  const where = `\`${folder}\`, in \`${file.path}\``;
  return `${opening}${where}. There they come before those of the folders around it:\n${quoteAgents(file)}`;
}

export const isFolderInstructions = (text: string) => text.startsWith(opening);
