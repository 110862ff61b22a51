import type { Logger } from 'pino';
import type { Pool } from './pool.ts';

const everyMs = 5_000;

/** Looks after the pool: now and then, and soon after an entry was taken or an image went into service. */
export function startPoolKeeper(pool: Pool, log: Logger): { look: () => void; close(): Promise<void> } {
  let closed = false;
  let looking: Promise<void> | null = null;
  let again = false;

  const keep = async () => {
    do {
      again = false;
      while (!closed && (await pool.keep()));
    } while (again && !closed);
  };
  const look = () => {
    if (closed) return;
    again = looking !== null;
    looking ??= keep()
      .catch(error => log.warn({ err: error }, 'looking after the pool failed'))
      .finally(() => {
        looking = null;
      });
  };
  pool.onTaken(look);
  const timer = setInterval(look, everyMs);
  look();
  return {
    look,
    async close() {
      closed = true;
      clearInterval(timer);
      await looking;
    },
  };
}
