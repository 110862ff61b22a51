import type { PullWords } from '../../repos/github/pulls.ts';
import type { Change } from '../../sessions/changeRecords.ts';
import type { Run } from '../../sessions/store/meta.ts';

const titleChars = 120;
const bodyChars = 20_000;
const footer = '\n\n---\n';
const [begin, end] = ['<!-- deckhand: pictures -->', '<!-- deckhand: end of pictures -->'];

/** What a change is called where the agent does not say: the prompt's first line, and its own last message. */
export function wordsOf(run: Run, stack?: { at: number; titles: readonly string[] }): PullWords {
  if (stack) {
    const isTop = stack.at === stack.titles.length;
    const body = isTop ? (run.words?.body ?? run.said ?? '').slice(0, bodyChars) : '';
    return { title: stack.titles[stack.at - 1] ?? '', body, draft: run.words?.draft ?? false };
  }
  if (run.words) return run.words;
  const line = run.title.trim().split('\n')[0] ?? '';
  const title = line.length > titleChars ? `${line.slice(0, titleChars - 1).trimEnd()}…` : line;
  return { title: title || 'Change by Deckhand', body: (run.said ?? '').slice(0, bodyChars), draft: false };
}

/** The body of a pull request: the agent's words, and where it came from. */
export function bodyOf(
  change: Pick<Change, 'body' | 'asked' | 'pictures' | 'stack' | 'base' | 'on'>,
  { sessionId, publicUrl }: { sessionId: string; publicUrl: string },
): string {
  const asked = change.asked.map(({ name }) => name).join(', ');
  const from = `${footer}[Session in Deckhand](${publicUrl}/sessions/${sessionId}) · asked by ${asked}`;
  const body = `${[change.body.trim(), stackText(change)].filter(Boolean).join('\n\n')}${from}`.trim();
  return change.pictures ? withPictures(body, change.pictures.text) : body;
}

/** The change that it stands on, and all that stand on each other, this one among them. */
function stackText({ stack, base, on }: Pick<Change, 'stack' | 'base' | 'on'>): string {
  const below =
    on === undefined ? '' : `It stands on the one before it (\`${base}\`), which is to be merged first.`;
  if (!stack) return below;
  const { at, titles } = stack;
  const lines = titles.map((title, i) =>
    i + 1 === at ? `${i + 1}. **${inLine(title)}** (this one)` : `${i + 1}. ${inLine(title)}`,
  );
  const place = `This is ${at} of ${titles.length} changes that stand on each other.`;
  return [[place, below].filter(Boolean).join(' '), lines.join('\n')].join('\n\n');
}

const inLine = (text: string) => text.replaceAll(/[\r\n]+/g, ' ').replaceAll(/[*_`<>[\]]/g, '\\$&');

/** A body with these pictures in place of the ones before, wherever somebody has put those; else above its foot. */
export function withPictures(body: string, text: string): string {
  const section = `${begin}\n${text}\n${end}`;
  const from = body.indexOf(begin);
  const to = body.indexOf(end, from);
  if (from >= 0 && to >= 0) return body.slice(0, from) + section + body.slice(to + end.length);
  const foot = body.lastIndexOf(footer.trimStart());
  return foot < 0
    ? `${body}\n\n${section}`
    : `${body.slice(0, foot).trimEnd()}\n\n${section}\n\n${body.slice(foot)}`.trim();
}
