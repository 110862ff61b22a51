import type { Need, NeedKind, Session } from '@deckhand/shared';
import { relativeTime } from '@deckhand/shared/words';
import type { App } from '@slack/bolt';
import type { KnownBlock } from '@slack/types';
import { type Bot, behalfOf } from '../deps.ts';
import { refusesPerson } from '../policy.ts';
import { buttons, context, section } from '../render/blocks.ts';
import { code, escaped, link, shortened } from '../render/mrkdwn.ts';
import { sessionLine, sessionsOf } from './command.ts';
import { linkFor } from './linking.ts';

/** The Home tab: made anew each time that somebody opens it. */
export function onHome(app: App, bot: Bot): void {
  app.event('app_home_opened', async ({ event }) => {
    if (event.tab === 'home') await publishHome(bot, event.user);
  });
  app.action(/^home_refresh:/, async ({ ack, body }) => {
    await ack();
    await publishHome(bot, body.user.id);
  });
}

export async function publishHome(bot: Bot, user: string): Promise<void> {
  const person = await bot.directory.person(user);
  const refusal = refusesPerson(bot.config.policy, person);
  if (refusal || !person) {
    const text = refusal && !refusal.silent ? refusal.text : 'That is not for you.';
    await bot.slack.call('views.publish', { user_id: user, view: { type: 'home', blocks: [section(text)] } });
    return;
  }
  const onBehalfOf = behalfOf(bot.self, person);
  const [account, images] = await Promise.all([
    bot.server['account.get']({ onBehalfOf }),
    bot.server['image.list']({ onBehalfOf }),
  ]);
  const userId = account.ok ? (account.user?.userId ?? null) : null;
  const ids = [`slack:${onBehalfOf.id}`, ...(userId ? [userId] : [])];
  const isMine = ({ authors }: Session) => authors.some(author => ids.includes(author.userId));
  const [needed, mine, running] = await Promise.all([
    bot.server['need.list']({ onBehalfOf }),
    sessionsOf(bot, onBehalfOf, isMine),
    sessionsOf(bot, onBehalfOf, session => session.state === 'running' && !isMine(session)),
  ]);
  const url = account.ok && account.github && !account.user ? await linkFor(bot, onBehalfOf) : null;
  const linked = !account.ok
    ? 'Deckhand does not answer for now.'
    : account.user
      ? `Linked: you are *${escaped(account.user.login)}* on GitHub.`
      : account.github
        ? 'Your GitHub account is not linked: pull requests of your prompts wait until it is.'
        : 'This server has no sign-in with GitHub.';
  const blocks: KnownBlock[] = [
    ...needsBlocks(bot, needed.ok ? needed.needs : []),
    header('Your sessions'),
    section(listOf(bot, mine, 'None yet. Mention me in a channel, or write to me in the Messages tab.')),
    header('Running now, by others'),
    section(listOf(bot, running, 'Nothing.')),
    header('Repositories'),
    section(
      images.ok
        ? images.images.map(imageLine).join('\n').slice(0, 2900) || 'None is named yet.'
        : escaped(images.message),
    ),
    header('GitHub'),
    section(linked),
    ...buttons(
      url ? { label: 'Link GitHub', action: 'open', url, style: 'primary' } : null,
      { label: 'Open Deckhand', action: 'open', url: bot.pageUrl },
      { label: 'Refresh', action: 'home_refresh' },
    ),
    ...context('`/deckhand` tells what else there is.'),
  ];
  await bot.slack.call('views.publish', { user_id: user, view: { type: 'home', blocks } });
}

const header = (text: string): KnownBlock => ({ type: 'header', text: { type: 'plain_text', text } });

const listOf = (bot: Bot, sessions: readonly Session[], none: string) =>
  sessions
    .slice(0, 10)
    .map(session => `• ${sessionLine(bot, session)}`)
    .join('\n') || none;

type Image = { repo: string; image: { builtAt: string } | null; build: { state: string } | null };

function imageLine({ repo, image, build }: Image): string {
  const age = image ? `image built ${relativeTime(Date.parse(image.builtAt), Date.now())}` : 'no image yet';
  const building = build && build.state !== 'done' && build.state !== 'ready' ? `, build ${build.state}` : '';
  return `• ${code(repo)} ${age}${escaped(building)}`;
}

const needWord: Record<NeedKind, string> = {
  approval: 'Approve',
  question: 'Answer',
  attempts: 'Compare',
  plan: 'Approve the plan',
  change: 'Review',
};
const shownNeeds = 8;

/** What waits for people in the sessions that this person may see. */
function needsBlocks(bot: Bot, needs: readonly Need[]): KnownBlock[] {
  if (needs.length === 0) return [];
  const lines = needs.slice(0, shownNeeds).map(({ kind, sessionId, title, text, url }) => {
    const place = link(url ?? `${bot.pageUrl}/sessions/${sessionId}`, shortened(title, 60));
    return `*${needWord[kind]}* ${place}${text === title ? '' : `: ${escaped(shortened(text, 120))}`}`;
  });
  const more = needs.length - lines.length;
  return [header('Needs you'), section([...lines, ...(more > 0 ? [`_and ${more} more_`] : [])].join('\n'))];
}
