import { client } from './client.ts';

export type Previewed = { ok: true; ports: readonly Port[] } | { ok: false; message: string };
export type Port = { port: number; name: string | null };

/** Opens what listens in a session's sandbox in a tab of its own; answers what else listens there, or why nothing can be seen. */
export async function openPreview(sessionId: string, port?: number): Promise<Previewed> {
  // Before it is asked for: a browser lets a page open a tab only while somebody presses a button.
  const tab = window.open('', '_blank');
  if (!tab) return { ok: false, message: 'Your browser blocked the new tab. Allow pop-ups for this page.' };
  tab.opener = null;
  const opened = await client.http['preview.open']({ sessionId, ...(port === undefined ? {} : { port }) });
  if (!opened.ok) {
    tab.close();
    return { ok: false, message: opened.message };
  }
  tab.location.replace(opened.url);
  return { ok: true, ports: opened.ports.filter(other => other.port !== opened.port) };
}
