import type { App, MessageShortcut } from '@slack/bolt';
import { z } from 'zod';
import { type Bot, behalfOf } from '../deps.ts';
import { refusesPerson } from '../policy.ts';
import { shortened } from '../render/mrkdwn.ts';
import { threadOf } from '../slack/place.ts';
import { admit, ask } from './ask.ts';
import { SlackMessage } from './incoming.ts';
import { wordsOf } from './words.ts';

const Place = z.object({ channel: z.string(), ts: z.string(), threadTs: z.string(), said: z.string() });

/** "Ask Deckhand about this", on a message: a window to say what, and a session in that message's thread. */
export function onShortcut(app: App, bot: Bot): void {
  app.shortcut('ask_about', async ({ shortcut, ack }) => {
    await ack();
    await openWindow(bot, shortcut as MessageShortcut);
  });
  app.view('ask_about', async ({ ack, body, view }) => {
    await ack();
    const place = Place.safeParse(JSON.parse(view.private_metadata || '{}'));
    if (!place.success) return;
    const { values } = view.state;
    const text = values.text?.text?.value ?? '';
    const repo = values.repo?.repo?.selected_option?.value;
    await begin(bot, { ...place.data, user: body.user.id, text, repo, viewId: view.id });
  });
}

async function openWindow(bot: Bot, shortcut: MessageShortcut): Promise<void> {
  const parsed = SlackMessage.safeParse(shortcut.message);
  if (!parsed.success) return;
  const { ts, thread_ts } = parsed.data;
  const text = wordsOf(parsed.data);
  // Slack keeps 3000 characters with a window.
  const place = { channel: shortcut.channel.id, ts, threadTs: thread_ts ?? ts, said: text.slice(0, 1_200) };
  // Slack gives three seconds for this: a server that does not answer in one is done without.
  const listed = await Promise.race([reposOf(bot, shortcut), after(1_000)]);
  const repos = listed?.ok ? listed.repos.slice(0, 100) : [];
  const option = (id: string) => ({ text: { type: 'plain_text', text: shortened(id, 75) }, value: id });
  await bot.slack.call('views.open', {
    trigger_id: shortcut.trigger_id,
    view: {
      type: 'modal',
      callback_id: 'ask_about',
      private_metadata: JSON.stringify(place),
      title: { type: 'plain_text', text: 'Ask Deckhand' },
      submit: { type: 'plain_text', text: 'Ask' },
      blocks: [
        { type: 'context', elements: [{ type: 'plain_text', text: shortened(text, 300) || 'A message' }] },
        {
          type: 'input',
          block_id: 'text',
          label: { type: 'plain_text', text: 'What should be done about this?' },
          element: { type: 'plain_text_input', action_id: 'text', multiline: true },
        },
        ...(repos.length === 0
          ? []
          : [
              {
                type: 'input',
                block_id: 'repo',
                optional: true,
                label: { type: 'plain_text', text: 'Repository' },
                hint: { type: 'plain_text', text: 'Left out, it is taken from what you write and where.' },
                element: {
                  type: 'static_select',
                  action_id: 'repo',
                  options: repos.map(({ id }) => option(id)),
                },
              },
            ]),
      ],
    },
  });
}

/** What they may see, where they may ask at all; nothing else is named in their window. */
async function reposOf(bot: Bot, { user }: MessageShortcut) {
  const person = await bot.directory.person(user.id);
  if (!person || refusesPerson(bot.config.policy, person)) return null;
  return bot.server['repo.list']({ onBehalfOf: behalfOf(bot.self, person) });
}

type Submitted = z.infer<typeof Place> & {
  user: string;
  text: string;
  repo: string | undefined;
  viewId: string;
};

async function begin(
  bot: Bot,
  { channel, ts, threadTs, said, user, text, repo, viewId }: Submitted,
): Promise<void> {
  // The window's own id: it is submitted once, however often Slack tells of it.
  const message = {
    channel,
    user,
    text: `${text}\n\nAbout this Slack message:\n${said}`,
    ts: viewId,
    threadTs,
    inThread: true,
    isDirect: channel.startsWith('D'),
    isMention: true,
    files: [],
  };
  const person = await admit(bot, { ...message, ts });
  if (!person) return;
  const thread = threadOf({ team: bot.self.team, channel, ts: threadTs });
  const found = await bot.server['thread.bond']({ ...thread, onBehalfOf: behalfOf(bot.self, person) });
  await ask(bot, message, { person, known: found.ok ? found.bond : null, repo });
}

const after = (ms: number) => new Promise<null>(resolve => setTimeout(() => resolve(null), ms));
