import type { ThreadKey } from '@deckhand/shared';

/** A thread of Slack: the message that it hangs on. */
export type Place = { team: string; channel: string; ts: string };

export const threadOf = ({ team, channel, ts }: Place): ThreadKey => ({
  provider: 'slack',
  id: `${team}/${channel}/${ts}`,
});

export function placeOf({ id }: ThreadKey): Place {
  const [team = '', channel = '', ts = ''] = id.split('/');
  return { team, channel, ts };
}

/** The same for every delivery of one message; says where it stands and who wrote it. */
export const requestIdOf = (message: { channel: string; ts: string; user: string }) =>
  `slack:${message.channel}:${message.ts}:${message.user}`;

export function messageOfRequest(requestId: string): { channel: string; ts: string; user: string } | null {
  const [kind, channel, ts, user] = requestId.split(':');
  return kind === 'slack' && channel && ts && user ? { channel, ts, user } : null;
}
