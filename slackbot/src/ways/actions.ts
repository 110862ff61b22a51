import { BudgetOf, BudgetUnit, Extent } from '@deckhand/shared';
import type { App, BlockAction } from '@slack/bolt';
import type { KnownBlock } from '@slack/types';
import { z } from 'zod';
import { type Bot, behalfOf } from '../deps.ts';
import { isAmong, refusesPerson, reposFor } from '../policy.ts';
import { context } from '../render/blocks.ts';
import { escaped } from '../render/mrkdwn.ts';
import type { SlackUser } from '../slack/directory.ts';
import { messageOfRequest, threadOf } from '../slack/place.ts';
import { afterChoice } from './ask.ts';
import { offerLink } from './linking.ts';
import { whisper } from './say.ts';
import { stopTurn } from './stopping.ts';

const Value = z.object({
  sessionId: z.string(),
  turnId: z.string().default(''),
  promptId: z.string().default(''),
  approvalId: z.string().default(''),
  text: z.string().default(''),
  extent: Extent.optional(),
  groupId: z.string().default(''),
  n: z.number().default(0),
});

/** A click, as the handlers need it. */
type Click = {
  person: SlackUser;
  /** Where it was clicked. */
  place: { channel: string; user: string; threadTs: string };
  message: { ts: string; blocks: KnownBlock[] };
  value: string;
};

/** Buttons and menus of our messages. Each is acknowledged at once and then done. */
export function onActions(app: App, bot: Bot): void {
  const on = (name: string, run: (bot: Bot, click: Click) => Promise<void>) =>
    app.action(new RegExp(`^${name}:`), async ({ ack, body }) => {
      await ack();
      const click = await clickOf(bot, body as BlockAction);
      if (click) await run(bot, click);
    });
  // A link needs no work of ours, but an answer.
  app.action(/^open:/, async ({ ack }) => ack());
  on('stop', (_, { place, value }) => {
    const { sessionId, turnId } = parse(value);
    return stopTurn(bot, place, sessionId, turnId);
  });
  on('hand_back', handBack);
  on('cancel', cancel);
  on('retry', retry);
  on('answer', answer);
  on('continue', goOn);
  on('ask_budget', askBudget);
  on('approve', (_, click) => decide(bot, click, true));
  on('refuse', (_, click) => decide(bot, click, false));
  on('take', take);
  on('stop_attempts', stopAttempts);
  on('choose', choose);
  on('choose_none', chooseNone);
  on('link', async (_, { person, place }) => {
    const offered = await offerLink(bot, place, behalfOf(bot.self, person), { once: false });
    if (!offered)
      await whisper(bot, place, 'Your GitHub account is linked already, or this server has no sign-in.');
  });
}

const parse = (value: string) => Value.parse(JSON.parse(value));

/** Who clicks must be somebody who may ask. */
async function clickOf(bot: Bot, body: BlockAction): Promise<Click | null> {
  const [action] = body.actions;
  const channel = body.channel?.id;
  const message = body.message as { ts: string; thread_ts?: string; blocks?: KnownBlock[] } | undefined;
  if (!action || !channel || !message) return null;
  const place = { channel, user: body.user.id, threadTs: message.thread_ts ?? message.ts };
  const person = await bot.directory.person(body.user.id);
  const refusal = refusesPerson(bot.config.policy, person);
  if (refusal && !refusal.silent) await whisper(bot, place, refusal.text);
  if (refusal || !person) return null;
  const value =
    action.type === 'static_select'
      ? action.selected_option.value
      : action.type === 'button'
        ? action.value
        : '';
  return { person, place, message: { ts: message.ts, blocks: message.blocks ?? [] }, value: value ?? '' };
}

async function cancel(bot: Bot, { person, place, message, value }: Click): Promise<void> {
  const { sessionId, promptId } = parse(value);
  const onBehalfOf = behalfOf(bot.self, person);
  const done = await bot.server['prompt.cancel']({ sessionId, promptId, onBehalfOf });
  if (!done.ok) return whisper(bot, place, 'That prompt does not wait any more.');
  await settle(bot, { place, message }, `Taken out of the queue by ${person.name}`);
}

/** The session goes on from that attempt; the next event says so to all. */
async function take(bot: Bot, { person, place, value }: Click): Promise<void> {
  const { sessionId, groupId, n } = parse(value);
  const onBehalfOf = behalfOf(bot.self, person);
  const taken = await bot.server['attempts.take']({ sessionId, groupId, n, onBehalfOf });
  if (!taken.ok) await whisper(bot, place, escaped(taken.message));
}

/** Only who has control may; to others it is said who has. */
async function handBack(bot: Bot, { person, place, message, value }: Click): Promise<void> {
  const { sessionId } = parse(value);
  const requestId = `hand-back:${message.ts}`;
  const onBehalfOf = behalfOf(bot.self, person);
  const given = await bot.server['control.handBack']({ sessionId, requestId, onBehalfOf });
  if (!given.ok) await whisper(bot, place, escaped(given.message));
}

async function stopAttempts(bot: Bot, { person, place, value }: Click): Promise<void> {
  const { sessionId, groupId } = parse(value);
  const onBehalfOf = behalfOf(bot.self, person);
  const stopped = await bot.server['attempts.stop']({ sessionId, groupId, onBehalfOf });
  if (!stopped.ok) await whisper(bot, place, escaped(stopped.message));
}

/** The same prompt once more, however many people click. */
async function retry(bot: Bot, { person, place, message, value }: Click): Promise<void> {
  const { turnId } = parse(value);
  const thread = threadOf({ team: bot.self.team, channel: place.channel, ts: place.threadTs });
  const sent = await bot.server['thread.retry']({ thread, turnId, onBehalfOf: behalfOf(bot.self, person) });
  if (!sent.ok) return whisper(bot, place, escaped(sent.message));
  bot.relays.wake(thread);
  await settle(bot, { place, message }, `Retried by ${person.name}`);
}

/** A turn that reached its budget goes on in a new one, from its context. */
async function goOn(bot: Bot, { person, place, message, value }: Click): Promise<void> {
  const { turnId } = parse(value);
  const thread = threadOf({ team: bot.self.team, channel: place.channel, ts: place.threadTs });
  const onBehalfOf = behalfOf(bot.self, person);
  const requestId = `continue:${turnId}`;
  const sent = await bot.server['thread.open']({ thread, requestId, text: 'Continue', onBehalfOf });
  if (!sent.ok) return whisper(bot, place, escaped(sent.message));
  bot.relays.wake(thread);
  await settle(bot, { place, message }, `Continued by ${person.name}`);
}

const More = z.object({
  sessionId: z.string(),
  of: BudgetOf.exclude(['turn']),
  whose: z.string().optional(),
  unit: BudgetUnit,
  amount: z.number(),
  limit: z.number(),
});

/** An approval in the session, which whoever may raise the budget answers; however often they click. */
async function askBudget(bot: Bot, { person, place, message, value }: Click): Promise<void> {
  const { limit, ...more } = More.parse(JSON.parse(value));
  const onBehalfOf = behalfOf(bot.self, person);
  const requestId = `more:${message.ts}:${limit}`;
  const asked = await bot.server['budget.ask']({ ...more, requestId, onBehalfOf });
  if (!asked.ok) return whisper(bot, place, escaped(asked.message));
  await settle(bot, { place, message }, `${person.name} asked for more`);
}

/** A choice of a question; the first answer counts. */
async function answer(bot: Bot, { person, place, message, value }: Click): Promise<void> {
  const { turnId, text } = parse(value);
  const thread = threadOf({ team: bot.self.team, channel: place.channel, ts: place.threadTs });
  const onBehalfOf = behalfOf(bot.self, person);
  const found = await bot.server['thread.bond']({ ...thread, onBehalfOf });
  if (found.ok && found.bond && found.bond.state !== 'waiting')
    return whisper(bot, place, 'This question was answered already.');
  const sent = await bot.server['thread.open']({
    thread,
    requestId: `answer:${turnId}`,
    text,
    onBehalfOf,
  });
  if (!sent.ok) return whisper(bot, place, escaped(sent.message));
  bot.relays.wake(thread);
  await settle(bot, { place, message }, `${person.name} answered: ${text}`);
}

async function decide(bot: Bot, { person, place, value }: Click, approve: boolean): Promise<void> {
  const { sessionId, approvalId, extent } = parse(value);
  const onBehalfOf = behalfOf(bot.self, person);
  const done = await bot.server['approval.answer']({
    ...{ sessionId, approvalId, approve, onBehalfOf },
    ...(approve && extent ? { extent } : {}),
  });
  // What was decided, and by whom, is told by the session's log.
  if (!done.ok) await whisper(bot, place, escaped(done.message));
}

async function choose(bot: Bot, { person, place, message, value: repo }: Click): Promise<void> {
  const onBehalfOf = behalfOf(bot.self, person);
  const thread = threadOf({ team: bot.self.team, channel: place.channel, ts: place.threadTs });
  const account = await bot.server['account.get']({ onBehalfOf });
  const among = reposFor(bot, account.ok && (account.user !== null || !account.github));
  if (!isAmong(among, repo))
    return whisper(bot, place, 'That repository may not be used from here. Ask an admin of Deckhand.');
  const chosen = await bot.server['thread.choose']({ thread, repo, onBehalfOf });
  if (!chosen.ok) return whisper(bot, place, escaped(chosen.message));
  bot.relays.wake(thread);
  await afterChoice(bot, { channel: place.channel, ts: message.ts }, { repo, onBehalfOf });
  await offerLink(bot, place, onBehalfOf, { once: true });
}

async function chooseNone(bot: Bot, { person, place, message }: Click): Promise<void> {
  const thread = threadOf({ team: bot.self.team, channel: place.channel, ts: place.threadTs });
  const onBehalfOf = behalfOf(bot.self, person);
  const found = await bot.server['thread.bond']({ ...thread, onBehalfOf });
  await bot.server['thread.drop']({ thread, onBehalfOf });
  // The server forgets them: without a sign of their end the next start would take them for missed, and ask again.
  for (const requestId of (found.ok && found.bond?.parked) || []) {
    const dropped = messageOfRequest(requestId);
    if (!dropped) continue;
    const { channel, ts: timestamp } = dropped;
    void bot.slack.call('reactions.add', { channel, timestamp, name: 'no_entry_sign' });
  }
  const text = `None of them, says ${escaped(person.name)}. Mention me again and name the repository; an admin adds new ones to repos.json.`;
  await bot.slack.call('chat.update', {
    channel: place.channel,
    ts: message.ts,
    text,
    blocks: context(text),
  });
}

/** The message keeps what it says and loses its buttons; who used them is said instead. */
async function settle(
  bot: Bot,
  { place, message }: Pick<Click, 'place' | 'message'>,
  said: string,
): Promise<void> {
  const kept = message.blocks.filter(block => block.type !== 'actions');
  await bot.slack.call('chat.update', {
    channel: place.channel,
    ts: message.ts,
    text: said,
    blocks: [...kept, ...context(escaped(said.slice(0, 500)))],
  });
}
