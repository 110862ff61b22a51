import type { ThreadBond } from '@deckhand/shared';
import type { App } from '@slack/bolt';
import { type Bot, behalfOf } from '../deps.ts';
import type { SlackUser } from '../slack/directory.ts';
import { requestIdOf, threadOf } from '../slack/place.ts';
import { admit, ask, patiently } from './ask.ts';
import { type Incoming, incomingOf, isAside, isStop } from './incoming.ts';
import { takeWords } from './promptWords.ts';
import { repliesAfter } from './replies.ts';
import { whisper } from './say.ts';
import { stopTurn } from './stopping.ts';
import { plainText } from './wording.ts';

/** Messages in channels, threads and direct messages. Bolt acknowledges events before these run. */
export function onMessages(app: App, bot: Bot): void {
  app.event('app_mention', async ({ event }) => {
    const message = incomingOf(event, bot.self.botUserId);
    if (message) await take(bot, message);
  });
  app.event('message', async ({ event }) => {
    const { subtype } = event as { subtype?: string };
    if (subtype === 'message_changed') return edited(bot, event);
    if (subtype === 'message_deleted') return deleted(bot, event);
    const message = incomingOf(event, bot.self.botUserId);
    // A mention in a channel comes as an event of its own.
    if (message && !(message.isMention && !message.isDirect)) await take(bot, message);
  });
}

/** Anything that somebody wrote where we are: for us, or left alone. */
export async function take(bot: Bot, message: Incoming): Promise<void> {
  const thread = threadOf({ team: bot.self.team, channel: message.channel, ts: message.threadTs });
  const concerns = message.isDirect || message.isMention || message.inThread;
  if (!concerns || isAside(message.text, bot.self.botUserId)) return;
  const isSaidToUs = message.isDirect || message.isMention;
  // Before anything that may take long: whoever wrote sees that it was seen.
  const early = isSaidToUs ? await admit(bot, message) : null;
  if (isSaidToUs && !early) return;
  await bot.threadOrder.after(thread.id, () => pass(bot, message, { thread, early, isSaidToUs }));
}

type Seen = { thread: ReturnType<typeof threadOf>; early: SlackUser | null; isSaidToUs: boolean };

async function pass(bot: Bot, message: Incoming, { thread, early, isSaidToUs }: Seen): Promise<void> {
  const found = await patiently(bot, message, () =>
    bot.server['thread.bond']({ ...thread, onBehalfOf: writerOf(bot, message) }),
  );
  const known = found.ok ? found.bond : null;
  if (!isSaidToUs && !isIn(known)) return bot.unclaimed.note(thread.id, message);
  const words = await plainText(bot, message.text);
  if (isStop(words) && known?.sessionId) {
    // Read late, it would stop what was begun since.
    if (!message.late) await stopTurn(bot, message, known.sessionId);
    return;
  }
  const person = early ?? (await admit(bot, message));
  if (!person) return;
  await ask(bot, message, { person, known });
  if (!known)
    takeReplies(bot, thread.id, message).catch(error =>
      bot.log.warn({ err: error }, 'replies in a new thread could not be looked for'),
    );
}

/** Those that were heard, by this bot or one before it, while the thread was nobody's. */
async function takeReplies(bot: Bot, threadId: string, message: Incoming): Promise<void> {
  const heard = bot.unclaimed.claim(threadId, message.ts);
  const wasMissed = message.late || ageMs(message) > staleMs;
  for (const reply of wasMissed ? await repliesAfter(bot, message) : heard)
    await take(bot, reply).catch(error => bot.log.warn({ err: error }, 'a missed reply was not taken'));
}

/** Slack tells a message again that it thinks was not heard. */
const staleMs = 2_000;
const ageMs = ({ ts }: Incoming) => Date.now() - Number(ts) * 1000;

const isIn = (known: ThreadBond | null) => known !== null;

/** By their id alone: what Slack calls them matters only where something is written down. */
const writerOf = (bot: Bot, { user }: Incoming) => behalfOf(bot.self, { id: user, name: user });

const sentAs = (bot: Bot, message: Incoming) => ({
  thread: threadOf({ team: bot.self.team, channel: message.channel, ts: message.threadTs }),
  onBehalfOf: writerOf(bot, message),
});

/** A prompt that still waits follows its message; one that runs has been read. */
async function edited(bot: Bot, event: unknown): Promise<void> {
  const { message, previous_message, channel } = event as Record<string, unknown>;
  const now = incomingOf(message, bot.self.botUserId, { channel: String(channel) });
  const before = incomingOf(previous_message, bot.self.botUserId, { channel: String(channel) });
  if (!now || !before || now.text === before.text) return;
  const { text } = takeWords(await plainText(bot, now.text));
  if (text === '') return;
  const { thread, onBehalfOf } = sentAs(bot, now);
  const known = await bot.server['thread.bond']({ ...thread, onBehalfOf });
  if (!known.ok || !known.bond?.sessionId) return;
  const done = await bot.server['thread.edit']({ thread, requestId: requestIdOf(now), text, onBehalfOf });
  if (!done.ok && (now.isMention || now.isDirect))
    await whisper(bot, now, 'That message is being worked on already: write another to change course.');
}

async function deleted(bot: Bot, event: unknown): Promise<void> {
  const { previous_message, channel } = event as Record<string, unknown>;
  const before = incomingOf(previous_message, bot.self.botUserId, { channel: String(channel) });
  if (!before) return;
  await bot.server['thread.withdraw']({ ...sentAs(bot, before), requestId: requestIdOf(before) });
  bot.log.debug({ requestId: requestIdOf(before) }, 'a deleted message was taken out of the queue');
}
