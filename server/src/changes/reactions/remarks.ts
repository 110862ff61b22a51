import type { Remark } from '../../repos/github/reviews.ts';
import { mentions } from './mentions.ts';

/** Something that somebody asks for on a pull request: a prompt to be. */
export type Asked = {
  requestId: string;
  login: string;
  githubId: number;
  text: string;
  /** Remarks on lines that are answered in their threads; none: below the pull request. */
  lineIds: number[];
};

/** Ours are known by this, whoever's name they are in. */
export const markOf = (requestId: string): string => `<!-- deckhand:${requestId} -->`;
/** Somebody who quotes ours says something of their own. */
const isOurs = ({ body }: Remark) => /^(?![ \t]*>).*<!-- deckhand:/m.test(body);

const hunkLines = 8;

/**
 * What of all that was said is addressed to Deckhand: a review that requests changes, as a whole; a remark that
 * mentions one of `handles`; one in a thread in which Deckhand answered. What bots say is not.
 */
export function askedOf(
  remarks: readonly Remark[],
  { number, handles }: { number: number; handles: readonly string[] },
): Asked[] {
  const isMentioned = mentions(handles);
  const lines = remarks.filter(({ kind }) => kind === 'line');
  const threadOf = ({ id, inReplyTo }: Remark) => inReplyTo ?? id;
  const answered = new Set(lines.filter(isOurs).map(threadOf));
  const asked: Asked[] = [];
  const taken = new Set<number>();
  for (const review of remarks) {
    if (review.kind !== 'review' || review.isBot || isOurs(review)) continue;
    const own = lines.filter(line => line.reviewId === review.id && !line.isBot && !isOurs(line));
    const wants = review.state === 'CHANGES_REQUESTED';
    const isAddressed = isMentioned(review.body);
    if (!wants && !isAddressed) continue;
    if (review.body.trim() === '' && own.length === 0) continue;
    for (const line of own) taken.add(line.id);
    asked.push({
      requestId: `github.review.${review.id}`,
      login: review.login,
      githubId: review.userId,
      text: reviewText(review, own, { number, wants }),
      lineIds: own.map(threadOf),
    });
  }
  for (const remark of remarks) {
    if (remark.kind === 'review' || remark.isBot || isOurs(remark) || taken.has(remark.id)) continue;
    const inOurThread =
      remark.kind === 'line' && remark.inReplyTo !== undefined && answered.has(remark.inReplyTo);
    if (!isMentioned(remark.body) && !inOurThread) continue;
    asked.push({
      requestId: `github.${remark.kind}.${remark.id}`,
      login: remark.login,
      githubId: remark.userId,
      text:
        remark.kind === 'line'
          ? `On pull request #${number}:\n\n${lineText(remark)}`
          : `On pull request #${number}:\n\n${remark.body}`,
      lineIds: remark.kind === 'line' ? [threadOf(remark)] : [],
    });
  }
  return asked;
}

function reviewText(
  review: Remark,
  lines: Remark[],
  { number, wants }: { number: number; wants: boolean },
): string {
  const head = `Review of pull request #${number}${wants ? ', changes requested' : ''}:`;
  return [head, review.body.trim(), ...lines.map(lineText)].filter(Boolean).join('\n\n');
}

function lineText({ path, line, hunk, body }: Remark): string {
  const where = line ? `\`${path}\` line ${line}` : `\`${path}\``;
  const shown = hunk ? `\n\`\`\`diff\n${hunk.split('\n').slice(-hunkLines).join('\n')}\n\`\`\`` : '';
  return `${where}:${shown}\n${body.trim()}`;
}
