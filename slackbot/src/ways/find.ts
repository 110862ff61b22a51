import { knownEvent, type OnBehalfOf, type SessionEvent } from '@deckhand/shared';
import { type Bot, behalfOf } from '../deps.ts';
import { requestIdOf, threadOf } from '../slack/place.ts';
import type { Incoming } from './incoming.ts';

type Queued = Extract<SessionEvent, { type: 'prompt.queued' }>;

const pages = 5;

/** The event of a session that fits, newest first, as far back as is worth looking. */
export async function findQueued(
  bot: Bot,
  sessionId: string,
  fits: (event: Queued) => boolean,
): Promise<Queued | null> {
  const got = await bot.client.http['session.get']({ sessionId });
  if (!got.ok) return null;
  let before = got.session.last + 1;
  for (let page = 0; page < pages && before > 1; page++) {
    const listed = await bot.client.http['events.list']({ sessionId, before, limit: 200 });
    if (!listed.ok) return null;
    const events = listed.events.map(knownEvent);
    const found = events.findLast(event => event?.type === 'prompt.queued' && fits(event));
    if (found?.type === 'prompt.queued') return found;
    before = listed.events[0]?.seq ?? 1;
  }
  return null;
}

/** The prompt that a message became. */
export async function promptOf(
  bot: Bot,
  message: Incoming,
): Promise<{ sessionId: string; promptId: string; onBehalfOf: OnBehalfOf } | null> {
  const thread = threadOf({ team: bot.self.team, channel: message.channel, ts: message.threadTs });
  const found = await bot.client.http['thread.get'](thread);
  const session = found.ok ? found.thread?.session : null;
  if (!session) return null;
  const requestId = requestIdOf(message);
  const event = await findQueued(bot, session.id, ({ data }) => data.requestId === requestId);
  const person = await bot.directory.person(message.user);
  if (!event || !person) return null;
  return { sessionId: session.id, promptId: event.data.promptId, onBehalfOf: behalfOf(bot.self, person) };
}
