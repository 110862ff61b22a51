import type { PullWords } from '../repos/github/pulls.ts';
import type { Run } from '../sessions/meta.ts';

const titleChars = 120;
const bodyChars = 20_000;

/** What a change is called where the agent does not say: the prompt's first line, and its own last message. */
export function wordsOf(run: Run): PullWords {
  if (run.words) return run.words;
  const line = run.title.trim().split('\n')[0] ?? '';
  const title = line.length > titleChars ? `${line.slice(0, titleChars - 1).trimEnd()}…` : line;
  return { title: title || 'Change by Deckhand', body: (run.said ?? '').slice(0, bodyChars), draft: false };
}

/** The body of a pull request: the agent's words, and where it came from. */
export function bodyOf(
  change: { body: string; asked: readonly { name: string }[] },
  { sessionId, publicUrl }: { sessionId: string; publicUrl: string },
): string {
  const asked = change.asked.map(({ name }) => name).join(', ');
  const from = `[Session in Deckhand](${publicUrl}/sessions/${sessionId}) · asked by ${asked}`;
  return `${change.body.trim()}\n\n---\n${from}`.trim();
}
