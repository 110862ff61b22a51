import type { Session } from '@deckhand/shared';
import { gate } from '../emulators/model/index.ts';
import type { SlackChannel, SlackMessage, SlackUser } from '../emulators/slack/index.ts';
import { createSlackRepos } from './slackRepos.ts';
import { openSlackStack, type SlackStack } from './slackStack.ts';
import { threadOf } from './slackThread.ts';

export type SlackWays = SlackStack & {
  general: SlackChannel;
  ana: SlackUser;
  ben: SlackUser;
  sessionOf(message: SlackMessage): Promise<Session>;
  /** A turn that waits in the middle of its words until `open`. */
  busy(marker: string): Promise<{
    first: SlackMessage;
    thread: ReturnType<typeof threadOf>;
    live: SlackMessage;
    open: () => void;
  }>;
};

/** A bot in a company of two repositories. No engine: what is told here happens between Slack and server. */
export async function openSlackWays(env: Record<string, string> = {}): Promise<SlackWays> {
  const repos = await createSlackRepos();
  const slackStack = await openSlackStack({
    DECKHAND_REPOS: repos.file,
    DOCKER_HOST: 'unix:///nowhere/docker.sock',
    DECKHAND_MODELS: 'scripted-2',
    ...env,
  });
  const { stack, slack, mention } = slackStack;
  const general = slack.workspace.channel('general');
  const ana = slack.workspace.user('Ana Lima');
  const ben = slack.workspace.user('Ben Okoro');
  await slackStack.startBot();
  return {
    ...slackStack,
    general,
    ana,
    ben,
    async sessionOf(message) {
      const id = `T0DECK/${message.channel}/${message.thread_ts ?? message.ts}`;
      const found = await stack.client.http['thread.get']({ provider: 'slack', id });
      if (!found.ok || !found.thread?.session) throw new Error(`no session of ${id}`);
      return found.thread.session;
    },
    async busy(marker) {
      const hold = gate();
      stack.model.script(marker, [{ say: ['Half', hold.wait, ` and the rest of ${marker}.`] }]);
      const first = await slack.people.say(ana, general.id, `${mention} in shop go on #${marker}`);
      const thread = threadOf(slack, first);
      const live = await thread.says(/Stop/);
      await stack.model.asked(marker);
      return { first, thread, live, open: hold.open };
    },
    async dispose() {
      await slackStack.dispose();
      await repos.remove();
    },
  };
}
