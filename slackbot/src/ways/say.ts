import type { Bot } from '../deps.ts';
import type { Incoming } from './incoming.ts';

/** A word to one person, where they wrote; in a direct message there is nobody else. */
export async function whisper(
  bot: Bot,
  { channel, user, threadTs }: Pick<Incoming, 'channel' | 'user' | 'threadTs'>,
  text: string,
  blocks?: object[],
): Promise<void> {
  const message = { text, ...(blocks ? { blocks } : {}) };
  if (channel.startsWith('D')) {
    await bot.slack.call('chat.postMessage', { channel, thread_ts: threadTs, ...message });
    return;
  }
  await bot.slack.call('chat.postEphemeral', { channel, user, thread_ts: threadTs, ...message });
}
