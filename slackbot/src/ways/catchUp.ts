import type { Bot } from '../deps.ts';
import type { LateThread } from '../server/personServer.ts';
import { placeOf, threadOf } from '../slack/place.ts';
import { incomingOf, SlackMessage } from './incoming.ts';
import { take } from './messages.ts';
import { pagesOf } from './pages.ts';

/** As far back as a bot that was down is caught up for. */
const backMs = 6 * 3600_000;
const mostThreads = 300;
/** Threads that no session has, where a reply may have called us. */
const mostOtherThreads = 200;

/** What could not be looked at, and why; for the log. */
type Missed = { what: string; why: string }[];

/**
 * What was written while no bot listened: replies in threads of sessions, and mentions in all channels the bot is in. What
 * was passed on before is the same request and changes nothing. What it could not cover it says in the log.
 */
export async function catchUp(bot: Bot): Promise<void> {
  const missed: Missed = [];
  const listed = await bot.lateThreads(mostThreads);
  await Promise.all([repliesMissed(bot, listed, missed), mentionsMissed(bot, listed, missed)]);
  if (missed.length > 0 && !bot.closed.aborted)
    bot.log.warn(
      { count: missed.length, missed: missed.slice(0, 50) },
      'not all that was written while no bot listened could be looked for',
    );
}

async function repliesMissed(bot: Bot, listed: LateThread[], missed: Missed): Promise<void> {
  const recent = listed.filter(({ touchedAt }) => Date.now() - Date.parse(touchedAt) < backMs);
  if (recent.length === mostThreads)
    missed.push({ what: 'threads of sessions', why: `more than ${mostThreads}` });
  for (const { thread, touchedAt } of recent) {
    const { channel, ts } = placeOf(thread);
    const oldest = String(Date.parse(touchedAt) / 1000 - 60);
    const read = await pagesOf(bot, 'conversations.replies', { channel, ts, oldest });
    if (read.why) missed.push({ what: `thread ${channel}/${ts}`, why: read.why });
    await takeAll(bot, read.items, channel, () => true);
  }
}

async function mentionsMissed(bot: Bot, listed: LateThread[], missed: Missed): Promise<void> {
  // Theirs are looked for from when somebody last wrote: an older reply may be the answer to a menu, not a prompt.
  const known = new Set(listed.map(({ thread }) => thread.id));
  const oldest = String((Date.now() - backMs) / 1000);
  const channels = await pagesOf(bot, 'users.conversations', {
    types: 'public_channel,private_channel,im',
    exclude_archived: true,
  });
  if (channels.why) missed.push({ what: 'the list of channels', why: channels.why });
  let threads = 0;
  for (const { id: channel } of channels.items as { id: string }[]) {
    const read = await pagesOf(bot, 'conversations.history', { channel, oldest });
    if (read.why) missed.push({ what: `channel ${channel}`, why: read.why });
    await takeAll(bot, read.items, channel, isForUs);
    for (const ts of read.items.flatMap(threadIn)) {
      if (known.has(threadOf({ team: bot.self.team, channel, ts }).id)) continue;
      threads += 1;
      if (threads > mostOtherThreads) continue;
      const replies = await pagesOf(bot, 'conversations.replies', { channel, ts, oldest });
      if (replies.why) missed.push({ what: `thread ${channel}/${ts}`, why: replies.why });
      // From where somebody called us on, the thread is ours: what is said there without a name is for us, too.
      let called = false;
      await takeAll(bot, replies.items, channel, message => {
        called ||= isForUs(message);
        return called;
      });
    }
  }
  if (threads > mostOtherThreads)
    missed.push({ what: `${threads - mostOtherThreads} threads`, why: `more than ${mostOtherThreads}` });
}

const isForUs: Fits = ({ isMention, isDirect }) => isMention || isDirect;

function threadIn(value: unknown): string[] {
  const parsed = SlackMessage.safeParse(value);
  return parsed.success && parsed.data.latest_reply !== undefined ? [parsed.data.ts] : [];
}

type Fits = (message: { isMention: boolean; isDirect: boolean }) => boolean;

async function takeAll(bot: Bot, all: readonly unknown[], channel: string, fits: Fits): Promise<void> {
  const found = all.flatMap(each => {
    const parsed = SlackMessage.safeParse(each);
    if (!parsed.success || isDone(bot, parsed.data)) return [];
    const message = incomingOf(parsed.data, bot.self.botUserId, { channel, late: true });
    return message ?? [];
  });
  const inOrder = found.toSorted((a, b) => (a.ts < b.ts ? -1 : 1));
  for (const message of inOrder.filter(fits)) {
    if (bot.closed.aborted) return;
    await take(bot, message).catch(error => bot.log.warn({ err: error }, 'a missed message was not taken'));
  }
}

/** Its turn has ended: our eyes have given way to how. With the eyes alone nobody knows whether it was passed on. */
const isDone = ({ self }: Bot, { reactions }: SlackMessage) =>
  reactions.some(({ name, users }) => name !== 'eyes' && users.includes(self.botUserId));
