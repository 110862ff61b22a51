import { createHmac } from 'node:crypto';
import { createClient } from '@deckhand/shared/client';
import { WebClient } from '@slack/web-api';
import type { BotConfig } from '../config.ts';
import { boltLogger } from '../log.ts';
import { Pace } from '../slack/pace.ts';
import { Slack, type SlackAnswer } from '../slack/slack.ts';
import { lostWithout, needs, readManifest } from './needs.ts';

export type Finding = { ok: boolean | null; text: string };

type Log = Parameters<typeof boltLogger>[0];

/** Looks whether everything is set up: tokens, scopes, events, the server. Nothing is changed anywhere. */
export async function check(
  config: BotConfig,
  log: Log,
  { configToken }: { configToken?: string | undefined } = {},
): Promise<Finding[]> {
  const slackOf = (token: string) => {
    const web = new WebClient(token, {
      slackApiUrl: config.slackApiUrl,
      retryConfig: { retries: 0 },
      timeout: 8_000,
      logger: boltLogger(log),
    });
    return new Slack(web, { pace: new Pace(), log, closed: new AbortController().signal });
  };
  const slack = slackOf(config.botToken);
  const who = await slack.call('auth.test', {}, { patienceMs: 0 });
  return [
    tokenFinding(who),
    ...(who.ok ? scopeFindings(who) : []),
    await doorFinding(config, slackOf),
    ...(await eventFindings(configToken ? slackOf(configToken) : null, slack, who)),
    ...(await serverFindings(config)),
  ];
}

function tokenFinding(who: SlackAnswer): Finding {
  if (who.ok)
    return { ok: true, text: `SLACK_BOT_TOKEN: the app is ${String(who.user)} in ${String(who.team)}` };
  const hint =
    who.error === 'unreachable'
      ? 'Slack cannot be reached from here'
      : `Slack says ${who.error}. Copy the Bot User OAuth Token of “OAuth & Permissions” again`;
  return { ok: false, text: `SLACK_BOT_TOKEN: ${hint}` };
}

function scopeFindings(who: SlackAnswer): Finding[] {
  const metadata = (who as { response_metadata?: { scopes?: string[] } }).response_metadata;
  const had = metadata?.scopes ?? [];
  if (had.length === 0) return [{ ok: null, text: 'Scopes: Slack does not say which the token has' }];
  const missing = needs.scopes.filter(scope => !had.includes(scope));
  if (missing.length === 0) return [{ ok: true, text: `Scopes: all ${needs.scopes.length} are there` }];
  return missing.map(scope => ({
    ok: false,
    text: `Scope ${scope} is missing: ${lostWithout[scope] ?? 'something does not work'}. Add it under “OAuth & Permissions” and install the app again`,
  }));
}

async function doorFinding(config: BotConfig, slackOf: (token: string) => Slack): Promise<Finding> {
  const { door } = config;
  if (door.kind === 'http') return httpFinding(config, door.signingSecret);
  const opened = await slackOf(door.appToken).call('apps.connections.open', {}, { patienceMs: 0 });
  if (opened.ok) return { ok: true, text: 'SLACK_APP_TOKEN: Socket Mode is open' };
  return {
    ok: false,
    text: `SLACK_APP_TOKEN: Slack says ${opened.error}. It needs the scope connections:write (“Basic Information”, “App-Level Tokens”), and Socket Mode switched on`,
  };
}

/** Asks the own address as Slack does when the address is entered there. */
async function httpFinding({ server }: BotConfig, secret: string): Promise<Finding> {
  const client = createClient({ url: server.url, token: server.token });
  const me = await client.http.me({});
  client.close();
  const url = `${(me.ok && me.publicUrl) || server.url}/slack/events`;
  const body = JSON.stringify({ type: 'url_verification', challenge: 'deckhand' });
  const timestamp = String(Math.floor(Date.now() / 1000));
  const hash = createHmac('sha256', secret).update(`v0:${timestamp}:${body}`).digest('hex');
  const headers = {
    'content-type': 'application/json',
    'x-slack-request-timestamp': timestamp,
    'x-slack-signature': `v0=${hash}`,
  };
  try {
    const answer = await fetch(url, { method: 'POST', body, headers, signal: AbortSignal.timeout(5_000) });
    const said = await answer.text();
    if (answer.ok && said.includes('deckhand'))
      return {
        ok: true,
        text: `${url} answers. Slack must reach it, too: enter it under “Event Subscriptions”`,
      };
    return {
      ok: false,
      text: `${url} answers ${answer.status}: is the server started with this SLACK_SIGNING_SECRET?`,
    };
  } catch {
    return { ok: false, text: `${url} cannot be reached: start the server, set DECKHAND_PUBLIC_URL` };
  }
}

/** Which events the app gets, only its manifest says; reading that takes a token of whoever made the app. */
async function eventFindings(owner: Slack | null, slack: Slack, who: SlackAnswer): Promise<Finding[]> {
  const all = needs.events.join(', ');
  if (!owner)
    return [
      {
        ok: null,
        text: `Events: Slack tells them only with an app configuration token (--config-token). Compare “Event Subscriptions” with: ${all}`,
      },
    ];
  const bot = who.ok ? await slack.call('bots.info', { bot: who.bot_id }, { patienceMs: 0 }) : who;
  const appId = bot.ok ? (bot.bot as { app_id?: string }).app_id : undefined;
  const exported = await owner.call('apps.manifest.export', { app_id: appId ?? '' }, { patienceMs: 0 });
  if (!exported.ok)
    return [{ ok: false, text: `Events: the manifest cannot be read, Slack says ${exported.error}` }];
  const { events, interactive } = readManifest(exported.manifest);
  const missing = needs.events.filter(event => !events.includes(event));
  return [
    missing.length === 0
      ? { ok: true, text: `Events: all ${needs.events.length} are subscribed to` }
      : { ok: false, text: `Events that are missing under “Event Subscriptions”: ${missing.join(', ')}` },
    interactive
      ? { ok: true, text: 'Interactivity is on' }
      : {
          ok: false,
          text: 'Interactivity is off: buttons do nothing. Switch it on under “Interactivity & Shortcuts”',
        },
  ];
}

async function serverFindings({ server, policy }: BotConfig): Promise<Finding[]> {
  const client = createClient({ url: server.url, token: server.token });
  const [me, listed] = await Promise.all([client.http.me({}), client.http['repo.list']({})]);
  client.close();
  if (!me.ok) return [{ ok: false, text: `Server ${server.url}: ${me.message}` }];
  const mayAct = me.scopes.includes('act');
  const ids = listed.ok ? listed.repos.map(({ id }) => id) : [];
  const unknown = [...(policy.repos ?? []), ...(policy.unlinkedRepos ?? [])].filter(
    name => !ids.some(id => id.toLowerCase() === name),
  );
  return [
    mayAct
      ? { ok: true, text: `Server ${server.url}: answers, ${ids.length} repositories` }
      : { ok: false, text: `Server ${server.url}: this token may not act for others` },
    ...unknown.map(name => ({
      ok: false,
      text: `DECKHAND_SLACK_REPOS names ${name}, which repos.json does not`,
    })),
    me.github
      ? { ok: true, text: 'People can link their GitHub accounts' }
      : { ok: null, text: 'No sign-in with GitHub: pull requests are not opened in people’s own names' },
  ];
}
