import { knownEvent, type Outcome } from '@deckhand/shared';
import { type Client, followEvents } from '@deckhand/shared/client';
import { plain } from './plain.ts';
import { Printer } from './print.ts';

/** The exit code says how the turn ended. */
export const exitCodes: Record<Outcome, number> = {
  done: 0,
  failed: 1,
  asked: 3,
  stopped: 4,
  over_budget: 5,
};

export type FollowOptions = {
  /** The turn that takes this prompt; without one every turn is followed until interrupted. */
  promptId?: string | undefined;
  /** Until these attempts have all ended. */
  groupId?: string | undefined;
  /** From behind this event on. */
  after?: number;
  /** To this event and no further. */
  until?: number;
  json: boolean;
  /** The person has had enough. */
  signal: AbortSignal;
  onTurn?: (turnId: string) => void;
};

/** Follows a session until the prompt's turn is over; answers the exit code. */
export async function follow(client: Client, sessionId: string, options: FollowOptions): Promise<number> {
  const { promptId, json, signal, after = 0, until } = options;
  const printer = new Printer(text => process.stdout.write(plain(text)));
  let turnId: string | null = null;
  const pieces = followEvents(client, sessionId, { signal, after });
  for (;;) {
    const next = await pieces.next();
    if (next.done) {
      if (next.value) process.stderr.write(`${plain(next.value.message)}\n`);
      return next.value ? 1 : 130;
    }
    if ('frame' in next.value) {
      if (!json && until === undefined) printer.frame(next.value.frame);
      continue;
    }
    const { event } = next.value;
    if (json) process.stdout.write(`${JSON.stringify(event)}\n`);
    else printer.event(event);
    if (until !== undefined && event.seq >= until) {
      await pieces.return(null);
      return 0;
    }
    const known = knownEvent(event);
    const takes = known?.type === 'turn.started' || known?.type === 'turn.steered';
    if (takes && (!promptId || known.data.promptIds.includes(promptId))) {
      turnId = known.data.turnId;
      options.onTurn?.(turnId);
    }
    if (known?.type === 'attempts.ended' && known.data.groupId === options.groupId) {
      await pieces.return(null);
      return { ready: 0, failed: exitCodes.failed, stopped: exitCodes.stopped }[known.data.state];
    }
    if (known?.type === 'prompt.cancelled' && known.data.promptId === promptId) return exitCodes.stopped;
    if (promptId && known?.type === 'turn.finished' && known.data.turnId === turnId) {
      // What comes with the outcome is the last that the turn says.
      await pieces.return(null);
      return exitCodes[known.data.outcome];
    }
  }
}
