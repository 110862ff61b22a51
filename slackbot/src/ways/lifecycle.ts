import type { App } from '@slack/bolt';
import type { Bot } from '../deps.ts';

/** The app comes and goes: uninstalled, its tokens taken back, channels renamed or closed. */
export function onLifecycle(app: App, bot: Bot, uninstalled: () => void): void {
  app.event('app_uninstalled', async () => uninstalled());
  app.event('tokens_revoked', async ({ event }) => {
    const { tokens } = event as { tokens?: { bot?: string[] } };
    if ((tokens?.bot?.length ?? 0) > 0) uninstalled();
  });
  for (const name of ['channel_rename', 'channel_archive', 'channel_unarchive'] as const)
    app.event(name, async ({ event }) => {
      const { channel } = event as { channel: string | { id: string } };
      bot.directory.forgetChannel(typeof channel === 'string' ? channel : channel.id);
    });
}

/** Nothing of the workspace is relayed any more. */
export async function forget(bot: Pick<Bot, 'client' | 'self' | 'log'>): Promise<void> {
  const gone = await bot.client.http['thread.forget']({ provider: 'slack', workspace: bot.self.team });
  bot.log.warn(
    { threads: gone.ok ? gone.threads : null },
    'The app was uninstalled from the workspace, or its token was taken back. Install it again and set SLACK_BOT_TOKEN.',
  );
}
