import type { Bot } from '../deps.ts';
import { type Incoming, incomingOf } from './incoming.ts';
import { pagesOf } from './pages.ts';

/** What was said in a message's thread after it, oldest first. What cannot be read is found by the next start. */
export async function repliesAfter(bot: Bot, { channel, threadTs, ts }: Incoming): Promise<Incoming[]> {
  const read = await pagesOf(bot, 'conversations.replies', { channel, ts: threadTs, oldest: ts });
  return read.items
    .flatMap(each => incomingOf(each, bot.self.botUserId, { channel, late: true }) ?? [])
    .filter(each => each.ts > ts)
    .toSorted((a, b) => (a.ts < b.ts ? -1 : 1));
}
