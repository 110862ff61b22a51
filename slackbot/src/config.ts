import { z } from 'zod';

const list = z
  .string()
  .transform(names =>
    names
      .split(',')
      .map(name => name.trim().replace(/^#/, '').toLowerCase())
      .filter(Boolean),
  )
  .optional();

/** What the bot reads of the environment; the README's table tells what each is. */
export const Environment = z.object({
  SLACK_BOT_TOKEN: z.string().startsWith('xoxb-'),
  SLACK_APP_TOKEN: z.string().startsWith('xapp-').optional(),
  SLACK_SIGNING_SECRET: z.string().min(8).optional(),
  SLACK_PORT: z.coerce.number().int().min(0).max(65535).optional(),
  SLACK_API_URL: z.url().default('https://slack.com/api/'),
  HOST: z.string().default('127.0.0.1'),
  DECKHAND_URL: z.url(),
  DECKHAND_TOKEN: z.string().min(16),
  DECKHAND_SLACK_CHANNELS: list,
  DECKHAND_SLACK_REPOS: list,
  DECKHAND_SLACK_UNLINKED_REPOS: list,
  DECKHAND_SLACK_GUESTS: z
    .enum(['0', '1', 'true', 'false'])
    .default('0')
    .transform(value => value === '1' || value === 'true'),
  DECKHAND_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
});

export type Door =
  | { kind: 'socket'; appToken: string }
  | { kind: 'http'; signingSecret: string; port: number };

export type BotConfig = {
  botToken: string;
  door: Door;
  slackApiUrl: string;
  host: string;
  server: { url: string; token: string };
  policy: Policy;
  logLevel: z.infer<typeof Environment>['DECKHAND_LOG_LEVEL'];
};

/** What an admin allows; null is no limit. */
export type Policy = {
  channels: readonly string[] | null;
  repos: readonly string[] | null;
  /** Of these, what people may use who have not linked their GitHub account. */
  unlinkedRepos: readonly string[] | null;
  guests: boolean;
};

/** Parses the environment once; a mistake is one sentence that names the variable. */
export function parseConfig(
  env: Record<string, string | undefined>,
): { ok: true; config: BotConfig } | { ok: false; message: string } {
  const given = Object.entries(env).filter(([, value]) => value !== undefined && value !== '');
  const parsed = Environment.safeParse(Object.fromEntries(given));
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    return { ok: false, message: `${String(issue?.path[0])}: ${issue?.message}. See slackbot/SETUP.md.` };
  }
  const values = parsed.data;
  const door = doorOf(values);
  if (!door)
    return {
      ok: false,
      message:
        'Set SLACK_APP_TOKEN (Socket Mode) or SLACK_SIGNING_SECRET (Slack calls us). See slackbot/SETUP.md.',
    };
  return {
    ok: true,
    config: {
      botToken: values.SLACK_BOT_TOKEN,
      door,
      slackApiUrl: values.SLACK_API_URL,
      host: values.HOST,
      server: { url: values.DECKHAND_URL.replace(/\/$/, ''), token: values.DECKHAND_TOKEN },
      policy: {
        channels: values.DECKHAND_SLACK_CHANNELS ?? null,
        repos: values.DECKHAND_SLACK_REPOS ?? null,
        unlinkedRepos: values.DECKHAND_SLACK_UNLINKED_REPOS ?? null,
        guests: values.DECKHAND_SLACK_GUESTS,
      },
      logLevel: values.DECKHAND_LOG_LEVEL,
    },
  };
}

function doorOf(values: z.infer<typeof Environment>): Door | null {
  if (values.SLACK_APP_TOKEN) return { kind: 'socket', appToken: values.SLACK_APP_TOKEN };
  const { SLACK_SIGNING_SECRET: signingSecret, SLACK_PORT: port = 0 } = values;
  return signingSecret ? { kind: 'http', signingSecret, port } : null;
}
