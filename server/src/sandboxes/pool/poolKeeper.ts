import type { Logger } from 'pino';
import { every } from '../../platform/every.ts';
import type { Pool } from './pool.ts';

const everyMs = 5_000;

/** Looks after the pool: now and then, and soon after an entry was taken or an image went into service. */
export function startPoolKeeper(pool: Pool, log: Logger): { look: () => void; close(): Promise<void> } {
  const keep = async (signal: AbortSignal) => {
    while (!signal.aborted && (await pool.keep()));
  };
  const rounds = every(everyMs, keep, error => log.warn({ err: error }, 'looking after the pool failed'));
  const look = () => void rounds.now();
  pool.onTaken(look);
  look();
  return { look, close: () => rounds.stop() };
}
