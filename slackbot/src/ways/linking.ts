import type { OnBehalfOf } from '@deckhand/shared';
import type { Bot } from '../deps.ts';
import { buttons, section } from '../render/blocks.ts';
import type { Incoming } from './incoming.ts';
import { whisper } from './say.ts';

/**
 * A one-time link to whoever has not linked their GitHub account; with `once` only to who was not offered one lately. Only
 * they see it. Answers whether there was one to give.
 */
export async function offerLink(
  bot: Bot,
  place: Pick<Incoming, 'channel' | 'user' | 'threadTs'>,
  onBehalfOf: OnBehalfOf,
  { once }: { once: boolean },
): Promise<boolean> {
  const url = await linkFor(bot, onBehalfOf, once);
  if (!url) return false;
  const text =
    'The work goes on. *The pull request will be opened when you link your GitHub account*, so that it is yours. The link is for you alone, works once and for 15 minutes.';
  await whisper(bot, place, 'Link your GitHub account', [
    section(text),
    ...buttons({ label: 'Link GitHub', action: 'open', url, style: 'primary' }),
  ]);
  return true;
}

export async function linkFor(bot: Bot, onBehalfOf: OnBehalfOf, once = false): Promise<string | null> {
  const link = await bot.server['account.link']({ onBehalfOf, once, from: bot.self.teamName });
  return link.ok ? link.url : null;
}
