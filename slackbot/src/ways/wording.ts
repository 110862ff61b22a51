import { limits } from '@deckhand/shared';
import type { Bot } from '../deps.ts';
import { SlackMessage } from './incoming.ts';
import { wordsOf } from './words.ts';

/** Slack's text as people read it: names for ids, addresses for links, and without our own name in front. */
export async function plainText(bot: Bot, text: string): Promise<string> {
  const named = text.replaceAll(new RegExp(`<@${bot.self.botUserId}(\\|[^<>]*)?>[,:]?`, 'g'), '');
  const found = [...named.matchAll(/<@(\w+)(?:\|[^<>]*)?>|<#(\w+)(?:\|([^<>]*))?>/g)];
  const names = new Map<string, string>();
  for (const [whole, userId, channelId, label] of found) {
    if (userId) names.set(whole, `@${(await bot.directory.person(userId))?.name ?? userId}`);
    else if (channelId) {
      const name = label || (await bot.directory.channel(channelId))?.name || channelId;
      names.set(whole, `#${name}`);
    }
  }
  return named
    .replaceAll(/<[@#]\w+(?:\|[^<>]*)?>/g, whole => names.get(whole) ?? whole)
    .replaceAll(/<!(here|channel|everyone)(?:\|[^<>]*)?>/g, '@$1')
    .replaceAll(/<!(?:subteam\^\w+|date\^[^<|>]*)\|([^<>]*)>/g, '$1')
    .replaceAll(/<((?:https?|mailto):[^<|>]+)\|([^<>]*)>/g, (_, url: string, label: string) =>
      url.replace(/^mailto:/, '') === label || url === label ? label : `${label} (${url})`,
    )
    .replaceAll(/<((?:https?|mailto):[^<>]+)>/g, '$1')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
    .trim();
}

const mostLinked = 5;
const contextChars = 2_000;

export type Said = { ts: string; user: string | null; line: string };

export async function said(bot: Bot, message: SlackMessage): Promise<Said> {
  const name = message.user ? ((await bot.directory.person(message.user))?.name ?? message.user) : 'A bot';
  const text = (await plainText(bot, wordsOf(message))).slice(0, contextChars);
  return { ts: message.ts, user: message.user ?? null, line: `${name}: ${text}` };
}

/** Messages that the text links to: of this channel and of public ones, which whoever asks may read as well. */
export async function linkedMessages(
  bot: Bot,
  text: string,
  { here, readsPublic }: { here: string; readsPublic: boolean },
): Promise<string[]> {
  const links = [...text.matchAll(/https:\/\/[\w.-]+\/archives\/(\w+)\/p(\d{10})(\d{6})/g)].slice(
    0,
    mostLinked,
  );
  const found = links.map(async ([, channel = '', seconds, micros]) => {
    const ts = `${seconds}.${micros}`;
    const info = await bot.directory.channel(channel);
    const mayRead = channel === here || (readsPublic && info !== null && !info.isPrivate && !info.isDirect);
    if (!mayRead) return '(a message in a channel that Deckhand does not read)';
    const args = { channel, ts, limit: 1, latest: ts, inclusive: true };
    const answer = await bot.slack.call('conversations.replies', args, { patienceMs: 5_000 });
    const first = answer.ok && Array.isArray(answer.messages) ? answer.messages[0] : null;
    const parsed = SlackMessage.safeParse(first);
    if (!parsed.success) return `(a message in #${info?.name ?? channel} that Deckhand may not read)`;
    return `#${info?.name ?? channel}, ${(await said(bot, parsed.data)).line}`;
  });
  return Promise.all(found);
}

/** What the agent reads: the message, and behind it what it needs to be understood. */
export function promptText(text: string, before: readonly Said[], linked: readonly string[]): string {
  const parts = [
    text,
    ...(before.length > 0
      ? [`--- Said in the Slack thread before, for context ---\n${before.map(({ line }) => line).join('\n')}`]
      : []),
    ...(linked.length > 0 ? [`--- Slack messages that are linked ---\n${linked.join('\n')}`] : []),
  ];
  return parts.join('\n\n').slice(0, limits.promptChars);
}
