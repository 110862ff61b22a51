import type { TurnInfo } from '@deckhand/shared';
import { type Client, newRequestId } from '@deckhand/shared/client';
import { patienceMs } from './patience.ts';

/** All turns of a session that ended. */
export async function turnsOf(client: Client, sessionId: string): Promise<TurnInfo[]> {
  const listed = await client.http['turn.list']({ sessionId });
  if (!listed.ok) throw new Error(listed.message);
  return listed.turns;
}

/** The nth turn, once its snapshot is there: it comes behind the turn's end. */
export async function snapshotOf(client: Client, sessionId: string, n: number): Promise<TurnInfo> {
  const deadlineMs = Date.now() + patienceMs;
  for (;;) {
    const turn = (await turnsOf(client, sessionId)).find(each => each.n === n);
    if (turn?.snapshot) return turn;
    if (Date.now() > deadlineMs) throw new Error(`turn ${n} of ${sessionId} has no snapshot`);
    await new Promise(resolve => setTimeout(resolve, 30));
  }
}

export async function fork(client: Client, sessionId: string, turnId: string, requestId = newRequestId()) {
  const forked = await client.http['session.fork']({ sessionId, turnId, requestId });
  if (!forked.ok) throw new Error(forked.message);
  return forked.session;
}

export async function rewind(client: Client, sessionId: string, turnId: string) {
  const rewound = await client.http['session.rewind']({ sessionId, turnId });
  if (!rewound.ok) throw new Error(rewound.message);
  return rewound.session;
}
