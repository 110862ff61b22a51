import type { Server } from 'node:http';
import type { Logger } from 'pino';

/** Newest first: what was opened last stands on what was opened before. */
export async function closeAll(closers: (() => unknown)[], log: Logger): Promise<void> {
  for (const close of closers.toReversed())
    await Promise.resolve(close()).catch((error: unknown) => log.warn({ err: error }, 'closing had trouble'));
}

export function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
