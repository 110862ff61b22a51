import { execFileSync } from 'node:child_process';
import { basename } from 'node:path';
import { endOf, limits, startOf } from '@deckhand/shared';
import type { ModelMessage } from 'ai';
import { withNote } from '../../src/agent/context/metadata.ts';

/** What a session is made from: the newest commits of a branch, oldest first, each a turn. */
export type History = { gitDir: string; rev: string; turns: number };

/** One turn's messages, in the pieces between which the model is asked; `whole` has results as they came. */
export type HistoryTurn = { prompt: ModelMessage; steps: { kept: ModelMessage[]; whole: ModelMessage[] }[] };

const mostFiles = 4;
const mostHunks = 6;
/** As the tool answers where nobody says otherwise. */
const mostMatches = 200;

/**
 * A coding session as an agent might have had it that made these commits: it searches, reads the files as they were,
 * makes the edits of the commit, looks at the difference. Prompts are the commits' messages, every result is what git
 * says of that repository; the agent's own words are one line a step.
 */
export function* sessionOf({ gitDir, rev, turns }: History): Generator<HistoryTurn> {
  const git = (...args: string[]) =>
    execFileSync('git', ['--git-dir', gitDir, ...args], { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  const listed = git('log', '--no-merges', '--diff-filter=M', `-${turns}`, '--format=%H', rev);
  for (const sha of listed.trim().split('\n').toReversed()) yield turnOf(git, sha);
}

type Git = (...args: string[]) => string;
type Made = { tool: string; input: object; output: string; summary: string };

function turnOf(git: Git, sha: string): HistoryTurn {
  const said = git('log', '-1', '--format=%B', sha).trim();
  const files = git('diff-tree', '--no-commit-id', '--name-only', '--diff-filter=M', '-r', sha)
    .split('\n')
    .filter(Boolean)
    .slice(0, mostFiles);
  const text = { type: 'text' as const, text: `Ana: ${said}` };
  return {
    prompt: { role: 'user', content: [text] },
    steps: [
      step('Let me see where this is.', [search(git, sha, files)]),
      step(
        'I read what is there.',
        files.map(path => read(git, sha, path)),
      ),
      step(
        'Now I change it.',
        files.flatMap(path => edits(git, sha, path)),
      ),
      step('What did I change?', [difference(git, sha)]),
      step('Done: that is the change.', []),
    ],
  };
}

function search(git: Git, sha: string, files: readonly string[]): Made {
  const pattern = basename(files[0] ?? 'test').replace(/\.\w+$/, '');
  const found = attempt(() => git('grep', '-n', '-I', '-F', '-e', pattern, `${sha}~`));
  const output = found.replaceAll(`${sha}~:`, '').split('\n').slice(0, mostMatches).join('\n');
  return { tool: 'search', input: { pattern }, output, summary: `${output.split('\n').length} lines` };
}

function read(git: Git, sha: string, path: string): Made {
  const lines = attempt(() => git('show', `${sha}~:${path}`)).split('\n');
  const output = lines.map((line, i) => `${String(i + 1).padStart(5)}  ${line}`).join('\n');
  return { tool: 'read', input: { path }, output, summary: `${lines.length} lines` };
}

function edits(git: Git, sha: string, path: string): Made[] {
  const hunks = attempt(() => git('show', '--format=', '-U2', sha, '--', path))
    .split(/^@@.*$/m)
    .slice(1);
  return hunks.slice(0, mostHunks).map(hunk => {
    const side = (sign: string) =>
      hunk
        .split('\n')
        .filter(line => line.startsWith(sign) || line.startsWith(' '))
        .map(line => line.slice(1))
        .join('\n');
    return {
      tool: 'edit',
      input: { path, old: side('-'), new: side('+') },
      output: `Edited ${path}`,
      summary: 'Edited',
    };
  });
}

function difference(git: Git, sha: string): Made {
  const output = attempt(() => git('show', '--format=', '--stat', '-p', sha));
  return { tool: 'git_diff', input: {}, output, summary: `${output.split('\n').length} lines` };
}

/** What is not in this clone is no result. */
function attempt(work: () => string): string {
  try {
    return work().toWellFormed();
  } catch {
    return '';
  }
}

let calls = 0;

function step(say: string, made: readonly Made[]): { kept: ModelMessage[]; whole: ModelMessage[] } {
  const all = made.map(each => ({ ...each, id: `m${++calls}` }));
  const answer: ModelMessage = {
    role: 'assistant',
    content: [
      { type: 'text', text: say },
      ...all.map(({ id, tool, input }) => ({
        type: 'tool-call' as const,
        toolCallId: id,
        toolName: tool,
        input,
      })),
    ],
  };
  const results = (cut: (output: string) => string) =>
    all.map(({ id, tool, output, summary }): ModelMessage => {
      const value = cut(output);
      const part = {
        type: 'tool-result' as const,
        toolCallId: id,
        toolName: tool,
        output: { type: 'text' as const, value },
      };
      return { role: 'tool', content: [withNote(part, { callId: `cal_${id}`, summary, ok: true })] };
    });
  return { kept: [answer, ...results(shown)], whole: [answer, ...results(output => output)] };
}

/** As the sandbox gives back what is long: its beginning and its end. */
function shown(output: string): string {
  const most = limits.toolOutputShownChars;
  if (output.length <= most) return output;
  return `${startOf(output, most / 2)}\n[… ${output.length - most} characters left out …]\n${endOf(output, most / 2)}`;
}
