import { setTimeout as sleep } from 'node:timers/promises';
import type { Classified, OnBehalfOf, ThreadBond } from '@deckhand/shared';
import type { ClientFailure, ClientResult } from '@deckhand/shared/client';
import { type Bot, behalfOf } from '../deps.ts';
import { isAmong, refusesChannel, refusesPerson, reposFor } from '../policy.ts';
import { escaped } from '../render/mrkdwn.ts';
import type { ForPerson } from '../server/personServer.ts';
import type { SlackUser } from '../slack/directory.ts';
import { requestIdOf, threadOf } from '../slack/place.ts';
import { takeFiles } from './attachments.ts';
import type { Incoming } from './incoming.ts';
import { offerLink } from './linking.ts';
import { type PromptWords, takeWords } from './promptWords.ts';
import { whisper } from './say.ts';
import { threadBefore } from './threadBefore.ts';
import { linkedMessages, plainText, promptText } from './wording.ts';

/** What makes one prompt of one message. */
type Asked = {
  message: Incoming;
  thread: ReturnType<typeof threadOf>;
  requestId: string;
  onBehalfOf: OnBehalfOf;
  /** What was written, as people read it. */
  said: string;
  /** Guests are only in the channels that they were asked into. */
  readsPublic: boolean;
  repo?: string | undefined;
  /** How it is to be done. */
  words: PromptWords;
};

/** How long a message is kept here while the server is away; one that is older is found by looking again. */
const keepTryingMs = 30 * 60_000;

/** Whoever wrote, where they may ask here; they see at once that it was seen. Else they are told why not, and null. */
export async function admit(bot: Bot, message: Incoming): Promise<SlackUser | null> {
  const { directory, config } = bot;
  const [person, channel] = await Promise.all([
    directory.person(message.user),
    // What the channel is called matters here only where some are allowed.
    config.policy.channels === null ? null : directory.channel(message.channel),
  ]);
  const refusal =
    refusesPerson(config.policy, person) ?? refusesChannel(config.policy, channel, message.isDirect);
  // Each start looks back for hours: what was refused before is not refused once more.
  if (refusal && !refusal.silent && !message.late) await whisper(bot, message, refusal.text);
  if (refusal) return null;
  firstSign(bot, message);
  return person;
}

/** A message for Deckhand, to the prompt in its session's queue. */
export async function ask(
  bot: Bot,
  message: Incoming,
  { person, known, repo }: { person: SlackUser; known: ThreadBond | null; repo?: string | undefined },
): Promise<void> {
  const words = takeWords(await plainText(bot, message.text));
  const said = words.text;
  if (said === '' && message.files.length === 0) {
    if (message.late) return;
    return whisper(bot, message, 'Say what you would like changed, e.g. “Fix the failing test in shop”.');
  }
  const asked: Asked = {
    message,
    thread: threadOf({ team: bot.self.team, channel: message.channel, ts: message.threadTs }),
    requestId: requestIdOf(message),
    onBehalfOf: behalfOf(bot.self, person),
    said: said || 'See the attached files.',
    readsPublic: person.kind === 'member',
    repo,
    words,
  };
  const problem = await send(bot, asked, known);
  if (problem) await whisper(bot, message, escaped(problem));
}

/** At once, and without waiting: the message was seen. Where many write at once one sign of the two is enough. */
function firstSign({ slack }: Bot, { channel, ts, threadTs }: Incoming): void {
  const reaction = { channel, timestamp: ts, name: 'eyes' };
  const status = { channel_id: channel, thread_ts: threadTs, status: 'is reading…' };
  const reacts = slack.pace.take('reactions.add', channel, true);
  if (reacts) void slack.once('reactions.add', reaction);
  if (slack.pace.take('assistant.threads.setStatus', channel, true))
    void slack.once('assistant.threads.setStatus', status);
  else if (!reacts) void slack.call('assistant.threads.setStatus', status, { patienceMs: 20_000 });
}

/** A sentence for whoever asked where it could not be done. */
async function send(bot: Bot, asked: Asked, known: ThreadBond | null): Promise<string | null> {
  const { message, thread, requestId, onBehalfOf, said } = asked;
  const inSession = known?.sessionId != null && known.state !== 'archived';
  const [{ said: before, files: rootFiles }, linked] = await Promise.all([
    inSession || !message.inThread ? { said: [], files: [] } : threadBefore(bot, message),
    linkedMessages(bot, message.text, { here: message.channel, readsPublic: asked.readsPublic }),
  ]);
  // "Fix this", in a reply, is often about the log or the screenshot that the thread began with.
  const files = await takeFiles(bot, [...message.files, ...rootFiles]);
  if (files.left.length > 0)
    await whisper(bot, message, `Not taken along: ${files.left.map(escaped).join('; ')}.`);
  const text = promptText(said, before, linked);
  const prompt = {
    ...{ thread, requestId, text, attachments: files.ids, onBehalfOf },
    ...(asked.words.model ? { model: asked.words.model } : {}),
    ...(asked.words.large ? { mode: 'large' as const } : asked.words.plan ? { mode: 'plan' as const } : {}),
    ...(asked.words.attempts === undefined ? {} : { attempts: asked.words.attempts }),
  };
  const when = asked.words.now ? ('now' as const) : ('after' as const);
  if (inSession)
    return opened(bot, asked, await patiently(bot, message, () => open(bot, { ...prompt, when })));
  if (known && known.parked.length > 0 && (await answersMenu(bot, asked, known))) return null;
  const choice = await patiently(bot, message, () =>
    repoOf(
      bot,
      asked,
      before.map(({ line }) => line),
    ),
  );
  if (!choice.ok) return choice.message;
  if (choice.repo !== null) {
    const { repo, warmupId } = choice;
    const wanted = { ...prompt, repo, title: said.slice(0, 200), ...(warmupId ? { warmupId } : {}) };
    return opened(bot, asked, await patiently(bot, message, () => open(bot, wanted)));
  }
  if (asked.words.attempts !== undefined)
    return 'Say which repository the attempts are for, e.g. “attempts 3: … in shop”.';
  const choices = choice.alternatives.map(each => each.repo).slice(0, 20);
  const parked = await patiently(bot, message, () => bot.server['thread.park']({ ...prompt, choices }));
  if (!parked.ok) return parked.message;
  // Somebody else's message made the session meanwhile.
  if (!parked.parked) return opened(bot, asked, await patiently(bot, message, () => open(bot, prompt)));
  bot.relays.wake(thread);
  return null;
}

type Prompt = ForPerson<'thread.open'>;
const open = (bot: Bot, prompt: Prompt) => bot.server['thread.open'](prompt);

async function opened(
  bot: Bot,
  { thread, message, onBehalfOf }: Asked,
  result: Awaited<ReturnType<typeof open>>,
): Promise<string | null> {
  // Another delivery of the same message, told with what has changed around it since.
  if (!result.ok && result.code !== 'request_conflict') return result.message;
  bot.relays.wake(thread);
  if (result.ok) await offerLink(bot, message, onBehalfOf, { once: true });
  return null;
}

type Choice = {
  repo: string | null;
  alternatives: Classified['alternatives'];
  warmupId?: string | undefined;
};

async function repoOf(bot: Bot, asked: Asked, thread: string[]): Promise<ClientResult<Choice>> {
  const { message, onBehalfOf, said, repo } = asked;
  const account = await bot.server['account.get']({ onBehalfOf });
  if (!account.ok) return account;
  const among = reposFor(bot, account.user !== null || !account.github);
  if (repo !== undefined)
    return !isAmong(among, repo)
      ? { ok: true, repo: null, alternatives: [] }
      : { ok: true, repo, alternatives: [] };
  const info = await bot.directory.channel(message.channel);
  const id = `${bot.self.team}/${message.channel}`;
  const channel = { id, ...(info && !info.isDirect ? { name: info.name, topic: info.topic } : {}) };
  const place = message.isDirect ? {} : { channel };
  return bot.server['repo.classify']({
    text: said,
    thread,
    ...place,
    ...(among ? { among } : {}),
    warm: true,
    onBehalfOf,
  });
}

/** A reply under the menu that names a repository chooses it; more than a name is a prompt as well. */
async function answersMenu(bot: Bot, asked: Asked, known: ThreadBond): Promise<boolean> {
  const { thread, onBehalfOf, said, message } = asked;
  if (said.split(/\s+/).length > 6) return false;
  const among = reposFor(bot, true);
  const named = await bot.server['repo.classify']({
    text: said,
    ...(among ? { among } : {}),
    onBehalfOf,
  });
  if (!named.ok || named.repo === null || !['named', 'typo'].includes(named.by)) return false;
  const chosen = await bot.server['thread.choose']({ thread, repo: named.repo, onBehalfOf });
  if (!chosen.ok) return false;
  await afterChoice(
    bot,
    { channel: message.channel, ts: known.menu ?? undefined },
    { repo: named.repo, onBehalfOf },
  );
  bot.relays.wake(thread);
  return true;
}

/** Remembered for the channel, and said where the menu stood. */
export async function afterChoice(
  bot: Bot,
  menu: { channel: string; ts: string | undefined },
  { repo, onBehalfOf }: { repo: string; onBehalfOf: OnBehalfOf },
): Promise<void> {
  const channel = { id: `${bot.self.team}/${menu.channel}` };
  if (!menu.channel.startsWith('D')) await bot.server['repo.choose']({ repo, channel, onBehalfOf });
  if (!menu.ts) return;
  const text = `Repository: *${escaped(repo)}*, chosen by ${escaped(onBehalfOf.name)}.`;
  const blocks = [{ type: 'context', elements: [{ type: 'mrkdwn', text }] }];
  await bot.slack.call('chat.update', { channel: menu.channel, ts: menu.ts, text, blocks });
}

/** Asks the server until it answers; says once that it does not. */
export async function patiently<T extends object>(
  bot: Bot,
  message: Pick<Incoming, 'channel' | 'user' | 'threadTs'>,
  run: () => Promise<ClientResult<T>>,
): Promise<ClientResult<T>> {
  const untilMs = Date.now() + keepTryingMs;
  let told = false;
  for (let tries = 0; ; tries++) {
    const result = await run();
    if (result.ok || !isAway(result) || Date.now() > untilMs || bot.closed.aborted) return result;
    if (tries === 3 && !told) {
      told = true;
      void whisper(
        bot,
        message,
        'Deckhand does not answer for now. I keep your message and pass it on when it is back.',
      );
    }
    await sleep(Math.min(250 * 2 ** tries, 5_000), undefined, { signal: bot.closed }).catch(() => {});
  }
}

const isAway = ({ code }: ClientFailure) =>
  ['offline', 'timeout', 'store_down', 'closing', 'rate_limited', 'internal', 'bad_answer'].includes(code);
