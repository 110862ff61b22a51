import { setTimeout as sleep } from 'node:timers/promises';
import type { Stack } from '../support/stack.ts';
import { type Watch, watch } from '../support/watch.ts';

/** What is known of a session whose viewer waits in vain: its own connection, its server and its log, each asked by itself. */
export async function whyUnseen(stack: Stack, session: Watch): Promise<string> {
  const { sessionId } = session;
  const fresh = watch(stack.server.client(), sessionId);
  const view = await stack.client.http['session.view']({ sessionId }).catch(error => String(error));
  await sleep(10_000);
  const told = {
    status: session.status(),
    failures: session.failures,
    view: typeof view === 'string' ? view : view.ok ? view.head : view,
    aNewConnectionSees: fresh.events.length,
    itsStatus: fresh.status(),
    itsFailures: fresh.failures,
    nowSees: session.events.length,
  };
  fresh.leave();
  return `${JSON.stringify(told)}\nThe server's last words:\n${stack.server.log().slice(-4_000)}`;
}
