import { z } from 'zod';
import { ownWords, wordsOf } from './words.ts';

const File = z.object({
  id: z.string(),
  name: z.string().nullish(),
  mimetype: z.string().nullish(),
  size: z.number().nullish(),
  url_private: z.string().nullish(),
  url_private_download: z.string().nullish(),
});
export type SlackFile = z.infer<typeof File>;

/** A message as Slack tells of it, in an event or in a thread that is read. */
export const SlackMessage = z.object({
  type: z.string().optional(),
  subtype: z.string().optional(),
  channel: z.string().optional(),
  channel_type: z.string().optional(),
  user: z.string().optional(),
  bot_id: z.string().optional(),
  app_id: z.string().optional(),
  team: z.string().optional(),
  user_team: z.string().optional(),
  text: z.string().default(''),
  ts: z.string(),
  thread_ts: z.string().optional(),
  /** Of the first message of a thread. */
  latest_reply: z.string().optional(),
  blocks: z.array(z.unknown()).catch([]),
  attachments: z.array(z.unknown()).catch([]),
  files: z.array(File).default([]),
  reactions: z.array(z.object({ name: z.string(), users: z.array(z.string()).default([]) })).default([]),
});
export type SlackMessage = z.infer<typeof SlackMessage>;

/** A message that somebody wrote where we are. */
export type Incoming = {
  channel: string;
  user: string;
  /** With what its blocks and attachments say. */
  text: string;
  ts: string;
  /** The message that its thread hangs on; its own where it begins one. */
  threadTs: string;
  inThread: boolean;
  isDirect: boolean;
  isMention: boolean;
  files: SlackFile[];
  /** Read after the fact, rather than told at once. */
  late?: boolean;
};

/** What kinds of messages people write; joins, topics and the like are none. */
const written = new Set(['file_share', 'thread_broadcast', 'me_message']);

export function incomingOf(value: unknown, botUserId: string, more: Partial<Incoming> = {}): Incoming | null {
  const parsed = SlackMessage.safeParse(value);
  if (!parsed.success) return null;
  const { subtype, user, bot_id, ts, thread_ts, files } = parsed.data;
  const channel = parsed.data.channel ?? more.channel;
  if (!channel || !user || bot_id || user === botUserId) return null;
  if (subtype !== undefined && !written.has(subtype)) return null;
  const own = ownWords(parsed.data);
  return {
    channel,
    user,
    text: wordsOf(parsed.data),
    ts,
    threadTs: thread_ts ?? ts,
    inThread: thread_ts !== undefined && thread_ts !== ts,
    isDirect: parsed.data.channel_type === 'im' || channel.startsWith('D'),
    isMention: own.includes(`<@${botUserId}>`) || own.includes(`<@${botUserId}|`),
    files,
    ...more,
  };
}

/**
 * It is said to somebody else: beside the matter, or to another person by name. Who calls us as well is answered; who only
 * tells the other about us ("@ben have you asked @deckhand?") is not.
 */
export function isAside(text: string, botUserId: string): boolean {
  const said = text.trim();
  if (/^\(?aside\b\s*[:,-]/i.test(said)) return true;
  const first = /^<@(\w+)(\|[^<>]*)?>/.exec(said)?.[1];
  return first !== undefined && first !== botUserId && !calls(said, botUserId);
}

/** A name is called where a clause begins or ends with it, or among other names; inside of one it is talked about. */
function calls(said: string, botUserId: string): boolean {
  const parts = said.split(new RegExp(`<@${botUserId}(?:\\|[^<>]*)?>`));
  return parts.slice(0, -1).some(before => beforeACall.test(before.slice(-clauseChars)));
}
/** Of what stands in front of a name: more blanks than anybody writes. */
const clauseChars = 300;
const beforeACall =
  /(?:^|[\n.,;:!?)\]–—/&+]|\s-+|<@\w+(?:\|[^<>]*)?>|\b(?:and|or|but|so|then|also|plus|please|pls|cc|fyi|hey|hi|hello|ok|okay|thanks))\s*$/i;

export const isStop = (text: string) =>
  /^(please\s+)?(stop|halt|abort)(\s+(it|now|please))?\s*[.!]*$/i.test(text.trim());
