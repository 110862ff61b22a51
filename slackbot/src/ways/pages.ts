import type { Bot } from '../deps.ts';

const perPage = 200;
/** Of the list of channels, of a channel's messages, and of a thread's replies. */
const mostPages = 5;

/** As much as Slack hands out within bounds; `why` it is not all, else null. */
export async function pagesOf(
  bot: Bot,
  method: 'users.conversations' | 'conversations.history' | 'conversations.replies',
  args: Record<string, unknown>,
): Promise<{ items: unknown[]; why: string | null }> {
  const items: unknown[] = [];
  let cursor = '';
  for (let page = 0; page < mostPages && !bot.closed.aborted; page++) {
    const wanted = { ...args, limit: perPage, ...(cursor ? { cursor } : {}) };
    const answer = await bot.slack.call(method, wanted, { urgent: false });
    if (!answer.ok) return { items, why: answer.error };
    const found = method === 'users.conversations' ? answer.channels : answer.messages;
    if (Array.isArray(found)) items.push(...found);
    cursor = (answer.response_metadata as { next_cursor?: string } | undefined)?.next_cursor ?? '';
    if (cursor === '') return { items, why: null };
  }
  return { items, why: `more than ${mostPages * perPage}` };
}
