import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

type Place = { PORT: number; publicUrl: string };
type App = { server: Server; url: string; close(how?: { comesBack: boolean }): Promise<void> };

export type KeepRunningOptions<C extends Place, A extends App> = {
  /** The configuration with what is kept by now. */
  settle: () => Promise<C>;
  compose: (config: C) => Promise<A>;
  say: (text: string) => void;
  onError: (error: unknown) => void;
};

export type Running<A> = {
  /** Once it runs for the first time. */
  app(): Promise<A>;
  /** Settings have changed: closes it and composes it anew, where it was. Turns go on, as after a restart. */
  again(): void;
  close(): Promise<void>;
};

/** A server through changes of its settings: one is composed at a time, and the last asked for wins. */
export function keepRunning<C extends Place, A extends App>({
  settle,
  compose,
  say,
  onError,
}: KeepRunningOptions<C, A>): Running<A> {
  let app: A | null = null;
  let wanted = true;
  let closing = false;

  async function work(): Promise<void> {
    while (wanted && !closing) {
      wanted = false;
      const config = await settle();
      if (!app) {
        app = await compose(config);
        continue;
      }
      say('Settings have changed: taking them into service');
      const { port } = app.server.address() as AddressInfo;
      const { url } = app;
      await app.close({ comesBack: true });
      app = await compose({ ...config, PORT: port, publicUrl: url });
    }
  }

  const over = () => {
    working = null;
    // Asked for between the last look and here.
    if (wanted && !closing) again();
  };
  function again(): void {
    wanted = true;
    working ??= work().catch(onError).finally(over);
  }

  const first = work();
  let working: Promise<void> | null = first.then(over, () => {
    // Whoever awaits the app is told.
    working = null;
  });
  return {
    async app() {
      await first;
      if (!app) throw new Error('closed before it ran');
      return app;
    },
    again,
    async close() {
      closing = true;
      await working;
      await app?.close();
    },
  };
}
