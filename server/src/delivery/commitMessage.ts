import type { SignatureOf } from '../identity/signatures.ts';
import type { Meta, Run, Signature } from '../sessions/store/meta.ts';

const subjectChars = 72;

/**
 * The agent's title (the prompt's first line where it gave none), and trailers: whose work of earlier turns is in it
 * besides, the session and the turn.
 */
export async function commitMessage(
  { meta, run, title }: { meta: Meta; run: Run; title: string },
  signatureOf: SignatureOf,
): Promise<string> {
  const line = title.trim().split('\n')[0] ?? '';
  const subject = line.length > subjectChars ? `${line.slice(0, subjectChars - 1).trimEnd()}…` : line;
  const others = meta.unfinished.filter(({ userId }) => userId !== run.author.userId);
  const trailers = [
    ...(await Promise.all(others.map(async author => coAuthor(await signatureOf(author))))),
    `Deckhand-Session: ${meta.id}`,
    `Deckhand-Turn: ${run.turnId}`,
  ];
  return `${subject || 'Change by Deckhand'}\n\n${trailers.join('\n')}`;
}

const coAuthor = ({ name, email }: Signature) => `Co-authored-by: ${name} <${email}>`;
