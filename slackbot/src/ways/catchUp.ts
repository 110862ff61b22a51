import type { Bot } from '../deps.ts';
import { placeOf } from '../slack/place.ts';
import { incomingOf, SlackMessage } from './incoming.ts';
import { take } from './messages.ts';

/** As far back as a bot that was down is caught up for. */
const backMs = 6 * 3600_000;
const mostThreads = 40;
const mostChannels = 20;

/**
 * What was written while no bot listened: replies in threads of sessions, and mentions in its channels. What was passed on
 * before is the same request and changes nothing.
 */
export async function catchUp(bot: Bot): Promise<void> {
  await Promise.all([repliesMissed(bot), mentionsMissed(bot)]);
}

async function repliesMissed(bot: Bot): Promise<void> {
  const listed = await bot.lateThreads(mostThreads);
  const recent = listed.filter(({ touchedAt }) => Date.now() - Date.parse(touchedAt) < backMs);
  for (const { thread, touchedAt } of recent) {
    const { channel, ts } = placeOf(thread);
    const oldest = String(Date.parse(touchedAt) / 1000 - 60);
    const answer = await bot.slack.call(
      'conversations.replies',
      { channel, ts, oldest, limit: 100 },
      { urgent: false },
    );
    if (answer.ok) await takeAll(bot, answer.messages, channel, () => true);
  }
}

async function mentionsMissed(bot: Bot): Promise<void> {
  const listed = await bot.slack.call(
    'users.conversations',
    { types: 'public_channel,private_channel,im', exclude_archived: true, limit: 100 },
    { urgent: false },
  );
  const channels = listed.ok && Array.isArray(listed.channels) ? (listed.channels as { id: string }[]) : [];
  for (const { id: channel } of channels.slice(0, mostChannels)) {
    const oldest = String((Date.now() - backMs / 24) / 1000);
    const answer = await bot.slack.call(
      'conversations.history',
      { channel, oldest, limit: 50 },
      { urgent: false },
    );
    if (answer.ok)
      await takeAll(bot, answer.messages, channel, ({ isMention, isDirect }) => isMention || isDirect);
  }
}

type Fits = (message: { isMention: boolean; isDirect: boolean }) => boolean;

async function takeAll(bot: Bot, messages: unknown, channel: string, fits: Fits): Promise<void> {
  const all = Array.isArray(messages) ? messages : [];
  const found = all.flatMap(each => {
    const parsed = SlackMessage.safeParse(each);
    if (!parsed.success || isDone(bot, parsed.data)) return [];
    const message = incomingOf(parsed.data, bot.self.botUserId, { channel, late: true });
    return message && fits(message) ? message : [];
  });
  for (const message of found.toSorted((a, b) => (a.ts < b.ts ? -1 : 1))) {
    if (bot.closed.aborted) return;
    await take(bot, message).catch(error => bot.log.warn({ err: error }, 'a missed message was not taken'));
  }
}

/** Its turn has ended: our eyes have given way to how. With the eyes alone nobody knows whether it was passed on. */
const isDone = ({ self }: Bot, { reactions }: SlackMessage) =>
  reactions.some(({ name, users }) => name !== 'eyes' && users.includes(self.botUserId));
