import type { Bot } from '../deps.ts';
import { type SlackFile, SlackMessage } from './incoming.ts';
import { type Said, said } from './wording.ts';

/** Replies that are taken along, beside the message that the thread hangs on. */
const mostReplies = 29;
/** So that what a prompt holds is enough for the newest of them. */
const mostChars = 30_000;
/** A thread is read from its beginning, whatever is wanted of it: so far, and so long. */
const perPage = 200;
const mostPages = 10;
const mostMs = 15_000;

export type Before = {
  /** The first message and the newest, oldest first, with a line where some were left out. */
  said: Said[];
  /** Of the message that the thread hangs on. */
  files: SlackFile[];
};

/** What stands in the thread before this message. */
export async function threadBefore(
  bot: Bot,
  { channel, threadTs, ts }: { channel: string; threadTs: string; ts: string },
): Promise<Before> {
  const { messages, whole } = await readThread(bot, { channel, threadTs, ts });
  const all = messages.filter(message => !isOurs(bot, message));
  const root = all.find(message => message.ts === threadTs);
  const replies = all.filter(message => message !== root);
  const first = root ? [await said(bot, root)] : [];
  const newest = thatFit(await Promise.all(replies.slice(-mostReplies).map(message => said(bot, message))));
  const left = leftOut(replies.length - newest.length, whole);
  const note = left ? [{ ts: threadTs, user: null, line: left }] : [];
  return { said: [...first, ...note, ...newest], files: root?.files ?? [] };
}

function thatFit(lines: readonly Said[]): Said[] {
  let chars = 0;
  const tooFar = lines.findLastIndex(({ line }) => {
    chars += line.length;
    return chars > mostChars;
  });
  return lines.slice(tooFar + 1);
}

function leftOut(count: number, whole: boolean): string {
  const older = count === 0 ? [] : [`${count} older ${count === 1 ? 'message' : 'messages'} left out`];
  const newer = whole ? [] : ['the newest messages of this thread could not be read'];
  const notes = [...older, ...newer];
  return notes.length === 0 ? '' : `(${notes.join('; ')})`;
}

/** `whole`: up to the message that was asked about. Slack may repeat the first message on each page. */
async function readThread(bot: Bot, { channel, threadTs, ts }: Parameters<typeof threadBefore>[1]) {
  const isTime = /^\d+\.\d+$/.test(ts);
  const args = { channel, ts: threadTs, limit: perPage, ...(isTime ? { latest: ts, inclusive: false } : {}) };
  const found = new Map<string, SlackMessage>();
  const untilMs = Date.now() + mostMs;
  let cursor = '';
  for (let page = 0; page < mostPages && Date.now() < untilMs; page++) {
    const answer = await bot.slack.call('conversations.replies', cursor ? { ...args, cursor } : args, {
      patienceMs: 5_000,
    });
    if (!answer.ok) break;
    for (const each of Array.isArray(answer.messages) ? answer.messages : []) {
      const parsed = SlackMessage.safeParse(each);
      if (parsed.success && (!isTime || parsed.data.ts < ts)) found.set(parsed.data.ts, parsed.data);
    }
    cursor = (answer.response_metadata as { next_cursor?: string } | undefined)?.next_cursor ?? '';
    if (cursor === '') return { messages: inOrder(found), whole: true };
  }
  return { messages: inOrder(found), whole: false };
}

const inOrder = (found: ReadonlyMap<string, SlackMessage>) =>
  [...found.values()].toSorted((a, b) => (a.ts < b.ts ? -1 : 1));

const isOurs = ({ self }: Bot, { user, bot_id }: SlackMessage) =>
  user === self.botUserId || (bot_id !== undefined && bot_id === self.botId);
