import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { done } from '../emulators/model/index.ts';
import {
  allScopes,
  appToken,
  botToken,
  configToken,
  type EmulatedSlack,
  type SlackChannel,
  signed,
  signingSecret,
  startSlack,
} from '../emulators/slack/index.ts';
import { threadOf } from '../support/slackThread.ts';
import { openStack, type Stack } from '../support/stack.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
let slack: EmulatedSlack;
let stack: Stack;
let bugs: SlackChannel;
beforeAll(async () => {
  slack = await startSlack();
  bugs = slack.workspace.channel('bugs');
  stack = await openStack({
    DOCKER_HOST: 'unix:///nowhere/docker.sock',
    SLACK_BOT_TOKEN: botToken,
    SLACK_SIGNING_SECRET: signingSecret,
    SLACK_API_URL: slack.apiUrl,
    DECKHAND_SLACK_CHANNELS: '#bugs, other-bugs',
    DECKHAND_SLACK_REPOS: 'sample',
  });
  slack.deliverer.url = `${stack.server.url}/slack/events`;
  await listening();
});
afterAll(async () => {
  await stack.dispose();
  await slack.close();
});

const post = (body: string, headers: Record<string, string>) =>
  fetch(slack.deliverer.url ?? '', { method: 'POST', body, headers });
const json = { 'content-type': 'application/json' };
const form = { 'content-type': 'application/x-www-form-urlencoded' };

/** Until the bot beside the server takes calls. */
async function listening(): Promise<void> {
  const body = JSON.stringify({ type: 'url_verification', challenge: 'c' });
  while ((await post(body, { ...json, ...signed(body) })).status !== 200)
    await new Promise(resolve => setTimeout(resolve, 100));
}

test('the server starts the bot, and Slack reaches it on the server’s own port', async () => {
  const ana = slack.workspace.user('Ana Lima');
  stack.model.script('hello', [done('Hello from the same port.')]);
  const first = await slack.people.say(ana, bugs.id, '<@U0DECKBOT> say hello #hello', { times: 3 });
  await threadOf(slack, first).says(/Hello from the same port/);
  expect(stack.model.askings('hello')).toHaveLength(1);
  for (const { ackMs } of slack.deliverer.deliveries) expect(ackMs).toBeLessThan(3_000);
  const found = await stack.client.http['session.list']({});
  expect(found).toMatchObject({ sessions: [{ origin: 'slack', authors: [{ name: 'Ana Lima' }] }] });
});

test('only what Slack signed lately is taken, also when it checks the address', async () => {
  const body = JSON.stringify({ type: 'event_callback', event: { type: 'message' } });
  expect((await post(body, json)).status).toBe(401);
  expect((await post(body, { ...json, ...signed(body, 'another-secret') })).status).toBe(401);
  expect((await post(body, { ...json, ...signed(body, signingSecret, Date.now() - 600_000) })).status).toBe(
    401,
  );
  expect((await post(`${body} `, { ...json, ...signed(body) })).status).toBe(401);
  // Slack does not sign its look at the certificate; nothing rides along with one.
  const ana = slack.workspace.user('Ana Smuggler');
  const smuggled = new URLSearchParams({
    ssl_check: '1',
    command: '/deckhand',
    text: 'status',
    user_id: ana.id,
    channel_id: bugs.id,
    team_id: 'T0DECK',
    response_url: `${slack.url}/response/${ana.id}`,
  }).toString();
  expect((await post(smuggled, form)).status).toBe(200);
  expect((await post(smuggled.replace('ssl_check=1', 'ssl_check=0'), form)).status).toBe(401);
  await slack.people.command(ana, bugs.id, 'help');
  await slack.until(() => slack.people.responses.some(({ user }) => user === ana.id), 'the signed one');
  expect(slack.people.responses.filter(({ user }) => user === ana.id)).toHaveLength(1);
  const verify = JSON.stringify({ type: 'url_verification', challenge: 'abc123' });
  const answer = await post(verify, { ...json, ...signed(verify) });
  expect(await answer.text()).toContain('abc123');
});

test('guests, other workspaces and bots are refused by policy, and channels where nobody may ask', async () => {
  const { workspace, people } = slack;
  const guest = workspace.user('Guest', { is_restricted: true });
  const stranger = workspace.user('Stranger', { team_id: 'T0OTHER' });
  const robot = workspace.user('Robot', { is_bot: true });
  const ana = workspace.user('Ana Two');
  const mention = '<@U0DECKBOT> do something';
  const before = stack.model.journal.length;
  const byGuest = await people.say(guest, bugs.id, mention);
  await threadOf(slack, byGuest).whispered(/does not take requests from guests/);
  const byStranger = await people.say(stranger, bugs.id, mention);
  await threadOf(slack, byStranger).whispered(/of the workspace that it belongs to/);
  const elsewhere = workspace.channel('random');
  const outside = await people.say(ana, elsewhere.id, mention);
  await threadOf(slack, outside).whispered(/may not be used in this channel/);
  const calls = slack.calls.length;
  const byRobot = await people.say(robot, bugs.id, mention);
  // Whatever came of it came before an answer to somebody else.
  stack.model.script('after', [done('After the robot.')]);
  const last = await people.say(ana, bugs.id, '<@U0DECKBOT> go #after');
  await threadOf(slack, last).says(/After the robot/);
  expect(threadOf(slack, byRobot).replies()).toEqual([]);
  expect(slack.calls.slice(calls).filter(({ args }) => args.timestamp === byRobot.ts)).toEqual([]);
  expect(stack.model.journal.length).toBe(before + 1);
});

test('a bot that dies is started again', async () => {
  const { dataDir } = stack.server;
  const token = (await readFile(join(dataDir, 'slack-token'), 'utf8')).trim();
  const pid = await new Promise<number>(resolve => {
    execFile('pgrep', ['-f', 'slackbot/src/main.ts'], async (_, out) => {
      for (const each of out.trim().split('\n')) {
        const environ = await readFile(`/proc/${each}/environ`, 'utf8').catch(() => '');
        if (environ.includes(token)) resolve(Number(each));
      }
    });
  });
  // The server's own keys stay with the server.
  const environ = await readFile(`/proc/${pid}/environ`, 'utf8');
  expect(environ).not.toContain('OPENAI_API_KEY');
  process.kill(pid, 'SIGKILL');
  await listening();
  const ana = slack.workspace.user('Ana Three');
  stack.model.script('again', [done('Here again.')]);
  const first = await slack.people.say(ana, bugs.id, '<@U0DECKBOT> hello #again');
  await threadOf(slack, first).says(/Here again/);
});

const check = (env: Record<string, string>, ...args: string[]) =>
  new Promise<{ code: number; out: string }>(resolve => {
    const { PATH, HOME } = process.env;
    execFile(
      process.execPath,
      [join(root, 'server/cli/main.ts'), 'slack', 'check', ...args],
      {
        env: {
          PATH,
          HOME,
          DECKHAND_URL: stack.server.url,
          DECKHAND_TOKEN: stack.server.token,
          SLACK_API_URL: slack.apiUrl,
          SLACK_BOT_TOKEN: botToken,
          ...env,
        },
      },
      (error, stdout, stderr) =>
        resolve({ code: error ? Number((error as { code?: number }).code) : 0, out: stdout + stderr }),
    );
  });

test('`deckhand slack check` says what is there and what is missing', async () => {
  const manifest = JSON.parse(await readFile(join(root, 'slackbot/manifest.json'), 'utf8')) as {
    settings: { event_subscriptions: { bot_events: string[] } };
  };
  slack.workspace.manifest = manifest;
  const good = await check({ SLACK_APP_TOKEN: appToken }, '--config-token', configToken);
  expect(good.out).toMatch(/ok +SLACK_BOT_TOKEN: the app is deckhand in Acme/);
  expect(good.out).toMatch(/ok +Scopes: all 15 are there/);
  expect(good.out).toMatch(/ok +SLACK_APP_TOKEN/);
  expect(good.out).toMatch(/ok +Events: all 12/);
  expect(good.code).toBe(0);
  const http = await check({ SLACK_SIGNING_SECRET: signingSecret });
  expect(http.out).toMatch(/ok +\S+\/slack\/events answers/);

  slack.scopes = allScopes.replace('chat:write,', '').replace('users:read', '');
  const { event_subscriptions } = manifest.settings;
  event_subscriptions.bot_events = event_subscriptions.bot_events.filter(name => name !== 'app_mention');
  const bad = await check(
    { SLACK_APP_TOKEN: 'xapp-wrong', SLACK_BOT_TOKEN: botToken },
    '--config-token',
    configToken,
  );
  slack.scopes = allScopes;
  expect(bad.code).toBe(1);
  expect(bad.out).toMatch(/MISSING +Scope chat:write is missing: it cannot answer/);
  expect(bad.out).toMatch(/MISSING +Scope users:read/);
  expect(bad.out).toMatch(/MISSING +SLACK_APP_TOKEN: Slack says invalid_auth/);
  expect(bad.out).toMatch(/MISSING +Events that are missing .*: app_mention/);
  const none = await check({ SLACK_BOT_TOKEN: 'xoxb-wrong', SLACK_APP_TOKEN: appToken });
  expect(none.out).toMatch(/MISSING +SLACK_BOT_TOKEN: Slack says invalid_auth/);
});
