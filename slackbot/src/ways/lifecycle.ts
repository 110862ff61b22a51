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
