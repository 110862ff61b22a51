import { type ChangedFile, limits } from '@deckhand/shared';
import { changedFilesOf } from './answers.ts';

export type PersonsCommit = { sha: string; author: string; subject: string };

/** What a sandbox says of the time in which a person had control. */
export type PersonsWork = {
  files: ChangedFile[];
  commits: PersonsCommit[];
  /** HEAD does not stand on what it was: history was rewritten, or another branch is checked out. */
  moved: boolean;
  /** What was typed in the terminal since, oldest first, as it was typed: secrets may be in there. */
  typed: string[];
};

const mostNameChars = 100;
const mostSubjectChars = 200;

/** Of control-changes.sh. Null: it knows nothing of that time. Whatever has another form is left out. */
export function personsWorkOf(text: string): PersonsWork | null {
  const entries = text.split('\0');
  // One that was cut has no end.
  entries.pop();
  const of = (kind: string) => entries.filter(entry => entry[0] === kind).map(entry => entry.slice(1));
  const sinceSeconds = /^\d{1,12}$/.test(of('t')[0] ?? '') ? Number(of('t')[0]) : null;
  if (sinceSeconds === null) return null;
  return {
    files: changedFilesOf(
      of('f')
        .map(entry => `${entry}\0`)
        .join(''),
    ),
    commits: of('c').slice(0, limits.controlCommits).flatMap(commitOf),
    moved: of('m').length > 0,
    typed: typedSince(of('h')[0] ?? '', sinceSeconds).slice(-limits.controlCommands),
  };
}

function commitOf(entry: string): PersonsCommit[] {
  const [sha = '', author = '', ...subject] = entry.split('\t');
  if (!/^[0-9a-f]{4,64}$/.test(sha)) return [];
  return [
    { sha, author: oneLine(author, mostNameChars), subject: oneLine(subject.join(' '), mostSubjectChars) },
  ];
}

/**
 * Commands in a shell's own form: `#` and the time, then the command, which may have several lines. Those without a time
 * are older than the shell that would have given them one.
 */
function typedSince(history: string, sinceSeconds: number): string[] {
  const found: { atSeconds: number; lines: string[] }[] = [];
  for (const text of history.split('\n')) {
    const atSeconds = /^#(\d{9,12})$/.exec(text)?.[1];
    if (atSeconds) found.push({ atSeconds: Number(atSeconds), lines: [] });
    else if (text.trim() !== '') found.at(-1)?.lines.push(text);
  }
  return found
    .filter(({ atSeconds, lines }) => atSeconds >= sinceSeconds && lines.length > 0)
    .map(({ lines }) => lines.join('\n'));
}

/** One line of it, no longer than that, without what would move or hide anything where it is shown. */
export function oneLine(text: string, mostChars: number): string {
  const shown = text
    .replaceAll(/\n/g, ' ↵ ')
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '?')
    .trim();
  return shown.length > mostChars ? `${shown.slice(0, mostChars - 1).toWellFormed()}…` : shown;
}
