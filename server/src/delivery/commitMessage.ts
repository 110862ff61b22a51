import type { SignatureOf } from '../identity/signatures.ts';
import { withAuthor } from '../sessions/authors.ts';
import { authorsOf, type Meta, type Run, type Signature } from '../sessions/store/meta.ts';

const subjectChars = 72;

/**
 * The agent's title (the prompt's first line where it gave none), and trailers: who prompted besides, in it or in
 * earlier turns whose work is in it, the session and the turn, and who signs it off where the repository wants that.
 */
export async function commitMessage(
  {
    meta,
    run,
    title,
    signedOffBy,
    more = [],
  }: {
    meta: Meta;
    run: Run;
    title: string;
    signedOffBy?: Signature | undefined;
    more?: string[] | undefined;
  },
  signatureOf: SignatureOf,
): Promise<string> {
  const line = title.trim().split('\n')[0] ?? '';
  const subject = line.length > subjectChars ? `${line.slice(0, subjectChars - 1).trimEnd()}…` : line;
  const others = authorsOf(run)
    .reduce(withAuthor, meta.unfinished)
    .filter(({ userId }) => userId !== run.author.userId);
  const trailers = [
    ...(await Promise.all(others.map(async author => coAuthor(await signatureOf(author))))),
    `Deckhand-Session: ${meta.id}`,
    `Deckhand-Turn: ${run.turnId}`,
    ...more,
    ...(signedOffBy ? [`Signed-off-by: ${signedOffBy.name} <${signedOffBy.email}>`] : []),
  ];
  return `${subject || 'Change by Deckhand'}\n\n${trailers.join('\n')}`;
}

const coAuthor = ({ name, email }: Signature) => `Co-authored-by: ${name} <${email}>`;
