import { z } from 'zod';
import { manifest } from '../manifest.ts';

const Manifest = z.object({
  oauth_config: z.object({ scopes: z.object({ bot: z.array(z.string()) }) }),
  settings: z.object({
    event_subscriptions: z.object({ bot_events: z.array(z.string()) }).default({ bot_events: [] }),
    interactivity: z.object({ is_enabled: z.boolean() }).default({ is_enabled: false }),
  }),
});

/** What the app must have: the manifest that it is made from says it. */
export const needs = readManifest(manifest);

export function readManifest(json: unknown): { scopes: string[]; events: string[]; interactive: boolean } {
  const { oauth_config, settings } = Manifest.parse(json);
  const { event_subscriptions, interactivity } = settings;
  return {
    scopes: oauth_config.scopes.bot,
    events: event_subscriptions.bot_events,
    interactive: interactivity.is_enabled,
  };
}

/** What does not work without a scope, in a few words. */
export const lostWithout: Record<string, string> = {
  'app_mentions:read': 'it does not hear when it is mentioned',
  'assistant:write': 'no status line while it works, no list of its sessions',
  'channels:history': 'it does not hear replies in threads',
  'channels:read': 'it does not know what channels are called',
  'chat:write': 'it cannot answer',
  commands: 'no /deckhand and no shortcut',
  'files:read': 'files in messages are left out',
  'files:write': 'no screenshots and no long answers',
  'groups:history': 'it does not hear replies in private channels',
  'groups:read': 'it does not know what private channels are called',
  'im:history': 'it does not hear direct messages',
  'im:read': 'it misses direct messages that came while it was down',
  'im:write': 'it cannot begin a direct message',
  'reactions:write': 'no reaction as the first sign',
  'users:read': 'it refuses everybody: it cannot tell members from guests',
};
