import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from '@babel/parser';
import { root } from '../architecture/sources.ts';

export type Expression = { at: string; source: string; flags: string };

/** Every regular expression that stands in these files as a literal, each once. Paths are from the root. */
export function expressionsIn(files: readonly string[]): Expression[] {
  const found = new Map<string, Expression>();
  for (const file of files) {
    const { tokens } = parse(readFileSync(join(root, file), 'utf8'), {
      sourceType: 'module',
      plugins: ['typescript', ...(file.endsWith('x') ? (['jsx'] as const) : [])],
      tokens: true,
    });
    for (const { value, loc } of (tokens ?? []) as Token[])
      if (typeof value === 'object' && value !== null && value.pattern !== undefined) {
        const expression = {
          at: `${file}:${loc.start.line}`,
          source: value.pattern,
          flags: value.flags ?? '',
        };
        const key = `/${expression.source}/${expression.flags}`;
        if (!found.has(key)) found.set(key, expression);
      }
  }
  return [...found.values()];
}

/** Of a literal the value is its two parts. */
type Token = {
  value?: string | { pattern?: string; flags?: string } | null;
  loc: { start: { line: number } };
};
