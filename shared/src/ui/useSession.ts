import { useCallback, useEffect, useMemo, useState, useSyncExternalStore } from 'react';
import type { Client, ClientFailure, Follow, FollowStatus, OutboxEntry } from '../client/index.ts';
import type { Presence, Session } from '../index.ts';
import type { View } from '../view/index.ts';
import { perFrame } from './perFrame.ts';

export type SessionFeed = {
  view: View | null;
  session: Session | null;
  status: FollowStatus;
  people: Presence['people'];
  failure: ClientFailure | null;
  /** Prompts of this session that the server's log does not show yet. */
  unsent: readonly OutboxEntry[];
  loadOlder: () => Promise<boolean>;
};

type Seen = Omit<SessionFeed, 'unsent' | 'loadOlder'>;
const nothing: Seen = { view: null, session: null, status: 'connecting', people: [], failure: null };

/** Follows a session for as long as the component lives. */
export function useSession(client: Client, sessionId: string): SessionFeed {
  const [seen, setSeen] = useState(nothing);
  const [follow, setFollow] = useState<Follow | null>(null);
  useEffect(() => {
    const see = (piece: Partial<Seen>) => setSeen(before => ({ ...before, ...piece }));
    setSeen(nothing);
    const views = perFrame((view: View) => see({ view }));
    const started = client.follow(sessionId, {
      onView: views.push,
      onSession: session => see({ session, failure: null }),
      // Who is here is not known while nobody tells.
      onStatus: status => see(status === 'offline' ? { status, people: [] } : { status }),
      onPresence: people => see({ people }),
      onFailure: failure => see({ failure }),
    });
    setFollow(started);
    return () => {
      started.leave();
      views.stop();
    };
  }, [client, sessionId]);

  const entries = useSyncExternalStore(client.outbox.onChange, client.outbox.entries);
  const items = seen.view?.items;
  const unsent = useMemo(() => {
    const ours = entries.filter(entry => entry.sessionId === sessionId);
    const isShown = (requestId: string) =>
      items?.findLast(item => item.kind === 'prompt' && item.requestId === requestId) !== undefined;
    return ours.filter(({ state, requestId }) => state === 'failed' || !isShown(requestId));
  }, [entries, items, sessionId]);

  const loadOlder = useCallback(() => follow?.loadOlder() ?? Promise.resolve(false), [follow]);
  return { ...seen, unsent, loadOlder };
}
