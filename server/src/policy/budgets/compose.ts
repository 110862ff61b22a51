import type { Logger } from 'pino';
import { every } from '../../platform/every.ts';
import { Budgets, type BudgetsOptions } from './budgets.ts';
import { carryAllRaises } from './raises.ts';

const carryEveryMs = 5_000;

/** Everybody's budgets, and what carries raises that somebody said yes to into them. */
export function openBudgets({ log, ...options }: BudgetsOptions & { log: Logger }): {
  budgets: Budgets;
  close(): Promise<void>;
} {
  const budgets = new Budgets(options);
  const carrying = every(
    carryEveryMs,
    () => carryAllRaises(options.store, budgets.ledger, options.clock()),
    error => log.warn({ err: error }, 'a raise of a budget does not count yet'),
  );
  return { budgets, close: () => carrying.stop() };
}
