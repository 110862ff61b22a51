import type { SlackEvent } from '@slack/types';
import type { AppsManifestCreateArguments } from '@slack/web-api';

type Manifest = AppsManifestCreateArguments['manifest'];
type Settings = NonNullable<Manifest['settings']>;
type Events = NonNullable<NonNullable<Settings['event_subscriptions']>['bot_events']>;
type Scopes = NonNullable<NonNullable<NonNullable<Manifest['oauth_config']>['scopes']>['bot']>;

/** Events of agents' sessions are in the package's list of events, and not yet in that of the manifest's. */
const events = [
  'agent_session_stopped',
  'agent_session_title_changed',
  'app_home_opened',
  'app_mention',
  'app_uninstalled',
  'channel_archive',
  'channel_rename',
  'channel_unarchive',
  'message.channels',
  'message.groups',
  'message.im',
  'tokens_revoked',
] satisfies (Events[number] | SlackEvent['type'])[];

/** Slack's documentation names `assistant:write` for agents; the package does not know it yet. */
const scopes = [
  'app_mentions:read',
  'assistant:write',
  'channels:history',
  'channels:read',
  'chat:write',
  'commands',
  'files:read',
  'files:write',
  'groups:history',
  'groups:read',
  'im:history',
  'im:read',
  'im:write',
  'reactions:write',
  'users:read',
] satisfies (Scopes[number] | 'assistant:write')[];

/** The app at Slack. People paste `manifest.json`, which says the same (manifest.test.ts). */
export const manifest = {
  ...({
    display_information: {
      name: 'Deckhand',
      description: 'Ask for a change in a thread, watch it happen, get the pull request.',
      background_color: '#16324f',
    },
    features: {
      app_home: {
        home_tab_enabled: true,
        messages_tab_enabled: true,
        messages_tab_read_only_enabled: false,
      },
      agent_view: {
        agent_description: 'Changes code in your repositories and opens pull requests.',
        suggested_prompts: [
          {
            title: 'Fix a failing test',
            message: 'Fix the failing test',
          },
          {
            title: 'Explain a part of the code',
            message: 'Explain how the checkout computes its total',
          },
          {
            title: 'Make a small change',
            message: 'Rename the button “Save” to “Save changes”',
          },
        ],
      },
      bot_user: {
        display_name: 'Deckhand',
        always_online: true,
      },
      shortcuts: [
        {
          name: 'Ask Deckhand about this',
          type: 'message',
          callback_id: 'ask_about',
          description: 'Begin a session about this message',
        },
      ],
      slash_commands: [
        {
          command: '/deckhand',
          description: 'What runs, your sessions, repositories, stop, link',
          usage_hint: 'status | sessions | repos | stop | link',
          should_escape: false,
        },
      ],
    },
  } satisfies Pick<Manifest, 'display_information' | 'features'>),
  oauth_config: { scopes: { bot: scopes } },
  settings: {
    event_subscriptions: { bot_events: events },
    ...({
      interactivity: {
        is_enabled: true,
      },
      org_deploy_enabled: false,
      socket_mode_enabled: true,
      token_rotation_enabled: false,
    } satisfies Settings),
  },
};
