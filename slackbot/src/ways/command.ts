import type { Session } from '@deckhand/shared';
import { stateWord } from '@deckhand/shared/words';
import type { App } from '@slack/bolt';
import { type Bot, behalfOf } from '../deps.ts';
import { refusesPerson } from '../policy.ts';
import { escaped, link, shortened } from '../render/mrkdwn.ts';
import type { SlackUser } from '../slack/directory.ts';
import { placeOf } from '../slack/place.ts';
import { linkFor } from './linking.ts';

const help = [
  '*How to ask*: mention me in a channel, or write to me directly, in your own words.',
  '`/deckhand status`  what runs now',
  '`/deckhand sessions`  yours of late',
  '`/deckhand repos`  what I can work on',
  '`/deckhand stop [session]`  stop what runs in this channel, or that session',
  '`/deckhand link`  link your GitHub account; `unlink` undoes it',
  'In a thread: `stop` stops the turn; begin with `aside:` to talk past me.',
].join('\n');

/** `/deckhand`: answers that only whoever asked sees. */
export function onCommand(app: App, bot: Bot): void {
  app.command('/deckhand', async ({ command, ack, respond }) => {
    await ack();
    const person = await bot.directory.person(command.user_id);
    const refusal = refusesPerson(bot.config.policy, person);
    const [verb = 'help', ...rest] = command.text.trim().split(/\s+/);
    const text =
      refusal || !person
        ? refusal && !refusal.silent
          ? refusal.text
          : 'That is not for you.'
        : await answer(bot, {
            verb: verb.toLowerCase() || 'help',
            rest,
            person,
            channel: command.channel_id,
          });
    await respond({ response_type: 'ephemeral', text });
  });
}

type Asked = { verb: string; rest: string[]; person: SlackUser; channel: string };

async function answer(bot: Bot, asked: Asked): Promise<string> {
  const onBehalfOf = behalfOf(bot.self, asked.person);
  switch (asked.verb) {
    case 'status':
      return sessionsText(
        bot,
        await sessionsOf(bot, ({ state }) => state === 'running'),
        'Nothing runs now.',
      );
    case 'sessions': {
      const account = await bot.client.http['account.get']({ onBehalfOf });
      const ids = [`slack:${onBehalfOf.id}`, ...(account.ok && account.user ? [account.user.userId] : [])];
      const mine = await sessionsOf(bot, ({ authors }) => authors.some(({ userId }) => ids.includes(userId)));
      return sessionsText(bot, mine, 'You have no sessions yet. Mention me in a channel to begin one.');
    }
    case 'repos': {
      const listed = await bot.client.http['repo.list']({});
      if (!listed.ok) return listed.message;
      const lines = listed.repos.map(({ id, description }) => `• *${escaped(id)}* ${escaped(description)}`);
      return lines.join('\n') || 'No repository is named yet: an admin adds them to repos.json.';
    }
    case 'stop':
      return stop(bot, asked);
    case 'link': {
      const account = await bot.client.http['account.get']({ onBehalfOf });
      if (!account.ok) return account.message;
      if (account.user)
        return `Linked: you are *${escaped(account.user.login)}* on GitHub. \`/deckhand unlink\` undoes it.`;
      const url = await linkFor(bot, onBehalfOf);
      return url
        ? `${link(url, 'Link your GitHub account')}. The link is for you alone, works once and for 15 minutes.`
        : 'This server has no sign-in with GitHub: there is nothing to link.';
    }
    case 'unlink':
      await bot.client.http['account.unlink']({ onBehalfOf });
      return 'Your GitHub account is not linked any more.';
    default:
      return help;
  }
}

export async function sessionsOf(bot: Bot, fits: (session: Session) => boolean): Promise<Session[]> {
  const listed = await bot.client.http['session.list']({ limit: 100 });
  return listed.ok ? listed.sessions.filter(fits).slice(0, 15) : [];
}

const sessionsText = (bot: Bot, sessions: readonly Session[], none: string) =>
  sessions.map(session => `• ${sessionLine(bot, session)}`).join('\n') || none;

export const sessionLine = (bot: Bot, { id, title, repo, state, authors }: Session) =>
  `${link(`${bot.pageUrl}/sessions/${id}`, shortened(title, 80))} (${[
    repo,
    stateWord[state],
    authors.at(0)?.name,
  ]
    .filter(value => value !== undefined && value !== null)
    .map(value => escaped(value))
    .join(', ')})`;

/** A named session, or what runs in threads of this channel. */
async function stop(bot: Bot, { rest: [named], person, channel }: Asked): Promise<string> {
  const onBehalfOf = behalfOf(bot.self, person);
  const ids = named ? [named] : await runningIn(bot, channel);
  if (ids.length === 0) return 'Nothing runs in this channel.';
  const stopped = await Promise.all(
    ids.map(sessionId => bot.client.http['turn.stop']({ sessionId, onBehalfOf })),
  );
  const done = stopped.filter(({ ok }) => ok).length;
  const failed = stopped.find(result => !result.ok);
  return done > 0 ? `Stopped: ${done}.` : failed && !failed.ok ? escaped(failed.message) : 'Nothing runs.';
}

async function runningIn(bot: Bot, channel: string): Promise<string[]> {
  const { team: workspace } = bot.self;
  const listed = await bot.client.http['thread.list']({
    provider: 'slack',
    workspace,
    all: true,
    limit: 500,
  });
  if (!listed.ok) return [];
  return listed.threads
    .filter(({ thread, session }) => placeOf(thread).channel === channel && session?.state === 'running')
    .flatMap(({ session }) => session?.id ?? []);
}
