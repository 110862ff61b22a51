import type { EmulatedSlack, SlackMessage } from '../emulators/slack/index.ts';
import { saysOf } from './slackStack.ts';

/** What the bot has in a thread. */
export function threadOf(slack: EmulatedSlack, first: SlackMessage) {
  const replies = () =>
    slack.workspace.thread(first.channel, first.ts).filter(message => message.bot_id !== undefined);
  const whispers = () =>
    slack.workspace.messages.filter(
      message => message.channel === first.channel && message.ephemeralFor !== undefined && message.bot_id,
    );
  return {
    replies,
    whispers,
    /** The nth message (from 1) of the bot that says something. */
    says: (what: string | RegExp, nth = 1): Promise<SlackMessage> =>
      slack.until(
        () => replies().filter(message => saysOf(message).match(what))[nth - 1],
        `${what} in the thread`,
      ),
    /** What it said to one person alone. */
    whispered: (what: string | RegExp): Promise<SlackMessage> =>
      slack.until(() => whispers().find(message => saysOf(message).match(what)), `${what} to one person`),
    count: (what: string | RegExp) => replies().filter(message => saysOf(message).match(what)).length,
  };
}
