import type { EgressNoted, SessionEvent } from '../index.ts';

/** What the sandboxes of a session reached and were kept from, as its events say: each place once, blocked ones first. */
export function egressOf(events: readonly (SessionEvent | null)[]): EgressNoted[] {
  const newest = new Map<string, EgressNoted>();
  for (const event of events) {
    if (event?.type !== 'egress.noted') continue;
    const { host, port, outcome } = event.data;
    newest.set(`${host}|${port}|${outcome}`, event.data);
  }
  const rank = ({ outcome }: EgressNoted) => (outcome === 'refused' ? 0 : 1);
  return [...newest.values()].sort((a, b) => rank(a) - rank(b) || a.host.localeCompare(b.host));
}
