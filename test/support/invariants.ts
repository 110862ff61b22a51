import type { SessionEvent } from '@deckhand/shared';
import { type Envelope, knownEvent } from '@deckhand/shared';
import type { Client } from '@deckhand/shared/client';

/** The whole log of a session, read page by page over HTTP. */
export async function readLog(client: Client, sessionId: string): Promise<Envelope[]> {
  const events: Envelope[] = [];
  for (;;) {
    const page = await client.http['events.list']({ sessionId, after: events.at(-1)?.seq ?? 0, limit: 50 });
    if (!page.ok) throw new Error(`${page.code}: ${page.message}`);
    events.push(...page.events);
    if (!page.more) return events;
  }
}

/** What DESIGN section 7 promises of any log (I1, I2, I4). Throws with the first promise that is broken. */
export function checkLog(envelopes: readonly Envelope[]): void {
  const broken = (what: string): never => {
    throw new Error(`${what}\n${envelopes.map(event => `${event.seq} ${event.type}`).join('\n')}`);
  };
  const events = envelopes.map(envelope => {
    return knownEvent(envelope) ?? broken(`event ${envelope.seq} is not of the contract`);
  });
  events.forEach((event, i) => {
    if (event.seq !== i + 1) broken(`seq ${event.seq} stands at place ${i + 1}`);
  });
  const all = <T extends SessionEvent['type']>(type: T) =>
    events.filter((event): event is Extract<SessionEvent, { type: T }> => event.type === type);
  const once = (ids: string[], what: string) => {
    const twice = ids.find((id, i) => ids.indexOf(id) !== i);
    if (twice !== undefined) broken(`${what} ${twice} comes twice`);
  };
  once(
    all('turn.started').map(event => event.data.turnId),
    'start of turn',
  );
  once(
    all('turn.finished').map(event => event.data.turnId),
    'end of turn',
  );
  once(
    all('tool.started').map(event => event.data.callId),
    'start of call',
  );
  once(
    all('tool.finished').map(event => event.data.callId),
    'end of call',
  );
  once(
    all('message.done').map(event => event.data.messageId),
    'message',
  );
  once(
    all('change.opened').map(event => event.data.branch),
    'change of branch',
  );
  const ends = [
    ...all('turn.started').flatMap(event => event.data.promptIds),
    ...all('turn.steered').flatMap(event => event.data.promptIds),
    ...all('prompt.cancelled').map(event => event.data.promptId),
  ];
  once(ends, 'prompt');
  for (const { data } of all('prompt.queued'))
    if (!ends.includes(data.promptId)) broken(`prompt ${data.promptId} has no end`);
  for (const { seq, data } of all('turn.steered')) {
    const turn = events.findLast(event => event.seq < seq && event.type.match(/^turn\.(started|finished)$/));
    if (turn?.type !== 'turn.started' || turn.data.turnId !== data.turnId)
      broken(`turn ${data.turnId} does not run when it is steered`);
  }
  for (const { data } of all('turn.started'))
    if (!all('turn.finished').some(end => end.data.turnId === data.turnId))
      broken(`turn ${data.turnId} has no end`);
  for (const { data } of all('tool.started'))
    if (!all('tool.finished').some(end => end.data.callId === data.callId))
      broken(`call ${data.callId} has no end`);
}
