import type { Result } from '@deckhand/shared';
import { lintSource } from '@secretlint/core';
import { creator as secretRules } from '@secretlint/secretlint-rule-preset-recommend';
import type { Mirror } from '../repos/mirror.ts';

/** Branches of ours begin so: nothing else is ever pushed to. */
export const branchPrefix = 'deckhand/';
const workflowPath = /^\.github\/workflows\//;
/** More added text than this of one file is looked at from its beginning. */
const mostChars = 2_000_000;
const shownFindings = 10;

export type PushRules = {
  /** Changes of CI workflows may go out: whoever writes one runs code with the repository's secrets. */
  workflows: boolean;
};

/** Why commits may not leave; for the people and for the agent, which is to mend it. Null: they may. */
export async function refusalOf(
  mirror: Mirror,
  push: { branch: string; base: string; head: string; rules: PushRules },
): Promise<Result<{ refusal: string | null }>> {
  const { branch, base, head, rules } = push;
  if (!branch.startsWith(branchPrefix))
    return { ok: true, refusal: `Only branches under ${branchPrefix} are pushed, and ${branch} is none.` };
  // Every commit on the way is public with the last one, and what a merge brought in was public before.
  const log = await mirror.git([
    'log',
    '--no-merges',
    '--reverse',
    '--format=',
    '-p',
    '-U0',
    '--no-color',
    '--no-ext-diff',
    '--no-renames',
    '--first-parent',
    `${base}..${head}`,
  ]);
  if (!log.ok) return { ok: true, refusal: null };
  const files = addedLines(log.stdout);
  const workflows = [...new Set(files.map(({ path }) => path))].filter(path => workflowPath.test(path));
  if (workflows.length > 0 && !rules.workflows)
    return {
      ok: true,
      refusal: `It changes ${workflows.join(', ')}, and workflows are not changed from here. Take that back, or ask an operator to set DECKHAND_ALLOW_WORKFLOWS.`,
    };
  const found = await secretsIn(files);
  if (found.length === 0) return { ok: true, refusal: null };
  const more = found.length > shownFindings ? ` and ${found.length - shownFindings} more` : '';
  return {
    ok: true,
    refusal: `It holds what looks like a secret: ${found.slice(0, shownFindings).join('; ')}${more}. Take it out, and read it from the environment instead.`,
  };
}

type Added = { path: string; lines: Map<number, string> };

/** The lines that a log of diffs without context adds, by file and number. */
export function addedLines(log: string): Added[] {
  const files: Added[] = [];
  let current: Added | undefined;
  let next = 0;
  for (const line of log.split('\n')) {
    if (line.startsWith('diff --git ')) current = undefined;
    else if (!current && line.startsWith('--- ')) continue;
    else if (!current && line.startsWith('+++ ')) {
      const path = line.slice(4).replace(/^"?b\/(.*?)"?\t?$/, '$1');
      if (path === '/dev/null') continue;
      current = { path, lines: new Map() };
      files.push(current);
    } else if (line.startsWith('@@ ')) next = Number(/\+(\d+)/.exec(line)?.[1] ?? 0);
    else if (current && line.startsWith('+')) current.lines.set(next++, line.slice(1));
  }
  return files;
}

/** `path:line (what it looks like)` of each secret among the added lines. Its value is not told. */
async function secretsIn(files: Added[]): Promise<string[]> {
  const found = new Set<string>();
  for (const { path, lines } of files) {
    const numbers = [...lines.keys()];
    const content = [...lines.values()].join('\n').slice(0, mostChars);
    const linted = await lintSource({
      source: { filePath: `/${path}`, content, contentType: 'text' },
      options: {
        noPhysicFilePath: true,
        config: { rules: [{ id: '@secretlint/secretlint-rule-preset-recommend', rule: secretRules }] },
      },
    });
    for (const { loc, ruleId } of linted.messages)
      found.add(`${path}:${numbers[loc.start.line - 1] ?? '?'} (${kindOf(ruleId)})`);
  }
  return [...found];
}

const kindOf = (ruleId: string) => ruleId.replace(/^@secretlint\/secretlint-rule-/, '').replaceAll('-', ' ');
