import { existsSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { type BudgetPolicy, noBudgets, parseBudgets } from './schema.ts';

/** The `budgets:` of the organisation's policy file; none without one. */
export function readBudgetPolicy(
  path: string | undefined,
): { ok: true; budgets: BudgetPolicy } | { ok: false; message: string } {
  if (path === undefined) return { ok: true, budgets: noBudgets };
  if (!existsSync(path)) return { ok: false, message: `there is no file ${path}` };
  let file: unknown;
  try {
    file = parse(readFileSync(path, 'utf8'));
  } catch (error) {
    return { ok: false, message: `${path} is not YAML: ${(error as Error).message.split('\n')[0]}` };
  }
  const isMap = typeof file === 'object' && file !== null && !Array.isArray(file);
  return parseBudgets(isMap ? (file as Record<string, unknown>).budgets : undefined);
}
