import { slackifyMarkdown } from 'slackify-markdown';

/** A section block holds 3000 characters. */
export const sectionChars = 2900;

/**
 * Markdown as Slack writes it. What it would take for a mention is written out: an answer, or a file that it quotes, calls
 * nobody.
 */
export function toMrkdwn(markdown: string): string {
  return defused(slackifyMarkdown(markdown)).trim();
}

const defused = (text: string) =>
  text
    .replaceAll(/<([!@#][^<>]*)>/g, '&lt;$1&gt;')
    .replaceAll(/<(?:slack|mailto|tel):[^|<>]*\|([^<>]*)>/g, '$1');

/** Plain text in a place that Slack parses. */
export const escaped = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** One line of code, as short as that. Slack reads links and mentions in code, too, so they are written out. */
export const code = (text: string, most = 80) => `\`${escaped(shortened(text.replaceAll('`', 'ˋ'), most))}\``;

export function shortened(text: string, most: number): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length > most ? `${line.slice(0, most - 1).trimEnd()}…` : line;
}

/** Of an address, what would end the link is written as addresses write it. */
const address = (url: string) => url.replaceAll('&', '&amp;').replaceAll(/[<>|\s]/g, encodeURIComponent);

export const link = (url: string, label: string) =>
  `<${address(url)}|${escaped(label).replaceAll('|', '¦')}>`;

/** Pieces that fit a section each, cut between lines, code fences closed and opened again. At most so many. */
export function pieces(text: string, most: number): { pieces: string[]; cut: boolean } {
  const found: string[] = [];
  let piece = '';
  let fenced = false;
  const end = () => {
    if (piece.trim()) found.push(fenced ? `${piece}\n\`\`\`` : piece);
    piece = fenced ? '```' : '';
  };
  for (const line of text.split('\n').flatMap(longLine)) {
    if (piece.length + line.length > sectionChars - 10) end();
    piece += `${piece === '' ? '' : '\n'}${line}`;
    if (line.trimStart().startsWith('```')) fenced = !fenced;
  }
  fenced = false;
  end();
  return { pieces: found.slice(0, most), cut: found.length > most };
}

const longLine = (line: string): string[] =>
  line.length <= sectionChars / 2
    ? [line]
    : Array.from({ length: Math.ceil(line.length / (sectionChars / 2)) }, (_, i) =>
        line.slice((i * sectionChars) / 2, ((i + 1) * sectionChars) / 2),
      );
