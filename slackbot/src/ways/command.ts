import type { OnBehalfOf, Session } from '@deckhand/shared';
import { standingOf } from '@deckhand/shared/words';
import type { App } from '@slack/bolt';
import { type Bot, behalfOf } from '../deps.ts';
import { refusesPerson } from '../policy.ts';
import { escaped, link, shortened } from '../render/mrkdwn.ts';
import type { SlackUser } from '../slack/directory.ts';
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
        await sessionsOf(bot, onBehalfOf, ({ state }) => state === 'running'),
        'Nothing runs now.',
      );
    case 'sessions': {
      const account = await bot.server['account.get']({ onBehalfOf });
      const ids = [`slack:${onBehalfOf.id}`, ...(account.ok && account.user ? [account.user.userId] : [])];
      const mine = await sessionsOf(bot, onBehalfOf, ({ authors }) =>
        authors.some(({ userId }) => ids.includes(userId)),
      );
      return sessionsText(bot, mine, 'You have no sessions yet. Mention me in a channel to begin one.');
    }
    case 'repos': {
      const listed = await bot.server['repo.list']({ onBehalfOf });
      if (!listed.ok) return escaped(listed.message);
      const lines = listed.repos.map(({ id, description }) => `• *${escaped(id)}* ${escaped(description)}`);
      return lines.join('\n') || 'No repository is named yet: an admin adds them to repos.json.';
    }
    case 'stop':
      return stop(bot, asked);
    case 'link': {
      const account = await bot.server['account.get']({ onBehalfOf });
      if (!account.ok) return account.message;
      if (account.user)
        return `Linked: you are *${escaped(account.user.login)}* on GitHub. \`/deckhand unlink\` undoes it.`;
      const url = await linkFor(bot, onBehalfOf);
      return url
        ? `${link(url, 'Link your GitHub account')}. The link is for you alone, works once and for 15 minutes.`
        : 'This server has no sign-in with GitHub: there is nothing to link.';
    }
    case 'unlink':
      await bot.server['account.unlink']({ onBehalfOf });
      return 'Your GitHub account is not linked any more.';
    default:
      return help;
  }
}

/** Of those that this person may see. */
export async function sessionsOf(
  bot: Bot,
  onBehalfOf: OnBehalfOf,
  fits: (session: Session) => boolean,
): Promise<Session[]> {
  const listed = await bot.server['session.list']({ limit: 100, onBehalfOf });
  return listed.ok ? listed.sessions.filter(fits).slice(0, 15) : [];
}

const sessionsText = (bot: Bot, sessions: readonly Session[], none: string) =>
  sessions.map(session => `• ${sessionLine(bot, session)}`).join('\n') || none;

export const sessionLine = (bot: Bot, session: Session) => {
  const { id, title, repo, authors } = session;
  return `${link(`${bot.pageUrl}/sessions/${id}`, shortened(title, 80))} (${[
    repo,
    standingOf(session).word,
    authors.at(0)?.name,
  ]
    .filter(value => value !== undefined && value !== null)
    .map(value => escaped(value))
    .join(', ')})`;
};

/** A named session, or what runs in threads of this channel. */
async function stop(bot: Bot, { rest: [named], person, channel }: Asked): Promise<string> {
  const onBehalfOf = behalfOf(bot.self, person);
  if (named) {
    const done = await bot.server['turn.stop']({ sessionId: named, onBehalfOf });
    return done.ok ? 'Stopped: 1.' : escaped(done.message);
  }
  const place = `${bot.self.team}/${channel}`;
  const done = await bot.server['thread.stop']({ provider: 'slack', place, onBehalfOf });
  if (!done.ok) return escaped(done.message);
  return done.stopped > 0 ? `Stopped: ${done.stopped}.` : 'Nothing runs in this channel.';
}
