import type { App } from '@slack/bolt';
import { type Bot, behalfOf } from '../deps.ts';
import { refusesPerson } from '../policy.ts';
import { threadOf } from '../slack/place.ts';
import { whisper } from './say.ts';
import { stopTurn } from './stopping.ts';

/** What people do with Slack's own controls of an agent's session: its stop button, and its title. */
export function onAgentSession(app: App, bot: Bot): void {
  app.event('agent_session_stopped', async ({ event }) => {
    const { channel, user, thread_ts } = event;
    const sessionId = await sessionOf(bot, { channel, user, ts: thread_ts });
    if (sessionId) await stopTurn(bot, { channel, user, threadTs: thread_ts }, sessionId);
  });
  app.event('agent_session_title_changed', async ({ event }) => {
    const { channel, user, thread_ts, title } = event;
    // What this bot called it.
    if (user === bot.self.botUserId) return;
    const person = await bot.directory.person(user);
    if (!person || refusesPerson(bot.config.policy, person)) return;
    const sessionId = await sessionOf(bot, { channel, user, ts: thread_ts });
    if (!sessionId) return;
    const renamed = await bot.server['session.rename']({
      sessionId,
      title,
      onBehalfOf: behalfOf(bot.self, person),
    });
    if (!renamed.ok) await whisper(bot, { channel, user, threadTs: thread_ts }, renamed.message);
  });
}

/** Null where nothing of ours is in that thread, or they may not see it. */
async function sessionOf(
  bot: Bot,
  { channel, user, ts }: { channel: string; user: string; ts: string },
): Promise<string | null> {
  const person = await bot.directory.person(user);
  if (!person) return null;
  const thread = threadOf({ team: bot.self.team, channel, ts });
  const bond = await bot.server['thread.bond']({ ...thread, onBehalfOf: behalfOf(bot.self, person) });
  return bond.ok ? (bond.bond?.sessionId ?? null) : null;
}
