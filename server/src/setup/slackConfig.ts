import { z } from 'zod';

const flag = z.enum(['0', '1', 'true', 'false']).transform(value => value === '1' || value === 'true');
const names = z.string().regex(/^[\w.-]+(\s*,\s*[\w.-]+)*$/, 'names, with commas between them');
const url = z.url({ protocol: /^https?$/ });

/** What the Slack bot reads, which runs beside the server in a process of its own. */
export const slackSettings = {
  SLACK_BOT_TOKEN: z.string().startsWith('xoxb-').optional().describe('Of the Slack app; starts the bot'),
  SLACK_APP_TOKEN: z
    .string()
    .startsWith('xapp-')
    .optional()
    .describe('Of the Slack app: Slack is reached over Socket Mode, no public address needed'),
  SLACK_SIGNING_SECRET: z
    .string()
    .min(8)
    .optional()
    .describe('Of the Slack app: Slack calls `/slack/events` on this server'),
  SLACK_PORT: z.coerce
    .number()
    .int()
    .min(0)
    .max(65535)
    .optional()
    .describe('Port of its own for `/slack/events`; the one of the server where absent'),
  SLACK_API_URL: url.default('https://slack.com/api/').describe('Web API of Slack'),
  DECKHAND_SLACK_CHANNELS: z
    .string()
    .optional()
    .describe(
      'Names or ids of channels where people may ask, with commas; every one it is invited to where absent',
    ),
  DECKHAND_SLACK_REPOS: names
    .optional()
    .describe('Repositories that people may use from Slack; all where absent'),
  DECKHAND_SLACK_UNLINKED_REPOS: names
    .optional()
    .describe('Of these, what people may use who have not linked their GitHub account; all where absent'),
  DECKHAND_SLACK_GUESTS: flag.default(false).describe('Guests of the workspace may ask, too'),
};
