import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { ensureRedis } from '@deckhand/sandbox/preflight/redis';
import { connectRedis } from '@deckhand/sandbox/preflight/redis-url';
import { DeckhandError } from '@deckhand/shared';
import type { Logger } from 'pino';
import { ensureWebBuilt } from '../web/build.ts';
import { type Models, openModels } from './agent/models/models.ts';
import { rehearsalModel } from './agent/models/rehearsal.ts';
import { defaultModelTimeouts } from './agent/models/wire/liveness.ts';
import { closedDoor, warmPath } from './agent/warmPath.ts';
import { type App, startApp } from './app.ts';
import { type Config, parseConfig, secretsOf } from './config.ts';
import { openExtension } from './doors/http/extension/package.ts';
import { localUser } from './identity/localUser.ts';
import type { ServiceToken } from './identity/tokens.ts';
import { folderBlobs } from './platform/blobs.ts';
import { ensureDataDir, keepUrl, keptDeploymentId, keptSecret } from './platform/dataDir.ts';
import { createLogger } from './platform/log.ts';
import { ensureReposFile, ensureSampleRepo } from './repos/sample.ts';
import { Preparations } from './sandboxes/enginePreparation.ts';
import { openSandbox, prepareEngine } from './sandboxes/prepareEngine.ts';
import { FenceLost } from './sessions/run/turnWriter.ts';
import { type Deployment, matchDeployment } from './sessions/store/deployment.ts';
import { checkDurable } from './sessions/store/durable.ts';
import { configured, firstConfig } from './setup/configured.ts';
import { keepRunning } from './setup/keepRunning.ts';
import { type Slackbot, startSlackbot } from './setup/slackProcess.ts';

/** The one place that reads the environment, installs signal handlers and exits. */
const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const say = (text: string) => process.stderr.write(`${text}\n`);

/** The models of a configuration; the rehearsal plays where there is none. */
const modelsOf = (config: Config, send: { fetch?: typeof fetch } = {}): Promise<Models> =>
  openModels(config.models, { values: config, timeouts: defaultModelTimeouts, ...send }, () =>
    rehearsalModel(config.DECKHAND_REHEARSAL_WORD_MS),
  );

/** Which deployment Redis and the blobs are of; refuses to start on those of two. */
async function deploymentOf({ dataDir, blobsDir }: Config, redisUrl: string): Promise<Deployment> {
  const redis = connectRedis(redisUrl, { maxRetriesPerRequest: 3 });
  try {
    const fresh = await keptDeploymentId(dataDir);
    const matched = await matchDeployment(redis, folderBlobs(blobsDir), { fresh, place: blobsDir });
    if (!matched.ok) throw new DeckhandError(matched.code, matched.message);
    return matched;
  } finally {
    redis.disconnect();
  }
}

async function main(): Promise<void> {
  const parse = (env: NodeJS.ProcessEnv) => parseConfig(env, root);
  const first = firstConfig(parse, process.env);
  await ensureDataDir(first.dataDir);
  const secret = first.DECKHAND_SECRET ?? (await keptSecret(first.dataDir, 'secret'));
  const cliToken = await keptSecret(first.dataDir, 'cli-token');
  const slackToken = await keptSecret(first.dataDir, 'slack-token');

  const redis = await ensureRedis({ url: first.REDIS_URL, dataDir: first.dataDir, say });
  const stops: Stops = { last: redis.stop };
  stopOnSignals(stops);
  // Others may use a Redis that was there before.
  if (redis.isOurs) onGivingUp = redis.stop;
  const settle = () => configured(parse, process.env, { redisUrl: redis.url, secret, warn: say });
  const config = await settle();
  const logOf = (settled: Config) =>
    createLogger(settled.DECKHAND_LOG_LEVEL, [...secretsOf(settled), secret, cliToken, slackToken]);
  const log = logOf(config);
  stops.log = log;
  redis.keep(text => log.warn(text));
  await checkDurable(redis.url, config.DECKHAND_PRODUCTION, text => log.warn(text));
  const deployment = await deploymentOf(config, redis.url).catch(async error => {
    await redis.stop();
    throw error;
  });
  if (deployment.warning) say(deployment.warning);
  const sampleDir = join(config.dataDir, 'sample.git');
  await ensureSampleRepo(sampleDir);
  await ensureReposFile(config.reposFile, sampleDir);

  const user = await localUser(process.env);
  const service = (token: string, via: string): ServiceToken => ({
    token,
    identity: { ...user.identity, scopes: ['read', 'write', 'act', 'admin'], via },
  });
  const services = [service(cliToken, 'cli')];
  // All rights, as every service token: whom it acts for and is known has no more than their own.
  services.push(service(slackToken, 'slack'));
  if (config.DECKHAND_TOKEN) services.push(service(config.DECKHAND_TOKEN, 'DECKHAND_TOKEN'));

  const preparations = new Preparations();
  let webDir: string | null = null;
  preparations.set('Page', 'preparing', 'Building the page');
  const web = ensureWebBuilt({ say }).then(
    dir => {
      webDir = dir;
      preparations.set('Page', 'ok');
    },
    (error: Error) => {
      preparations.set('Page', 'failed', error.message);
      log.error({ err: error }, 'the page could not be built');
    },
  );
  const extension = await openExtension({
    dataDir: config.dataDir,
    key: config.DECKHAND_EXTENSION_KEY,
    say,
    log,
  });
  let slackbot: Slackbot | null = null;
  const compose = async (settled: Config): Promise<App> => {
    const logger = logOf(settled);
    return startApp({
      config: settled,
      redisUrl: redis.url,
      owns: deployment.owns,
      secret,
      models: await modelsOf(settled),
      user,
      services,
      preparations,
      prepareEngine: prepareEngine({
        config: settled,
        secret,
        deployment: deployment.id,
        preparations,
        say,
        log: logger,
        env: process.env,
      }),
      openHands: openSandbox,
      webDir: () => webDir,
      extension,
      slackPort: () => (settled.SLACK_PORT === undefined ? (slackbot?.port() ?? null) : null),
      onSettings: () => running.again(),
      log: logger,
    });
  };
  const running = keepRunning({ settle, compose, say, onError: giveUp });
  stops.first = async () => {
    await slackbot?.close();
    await running.close();
  };
  const app = await running.app();
  await keepUrl(config.dataDir, app.url);
  if (config.SLACK_BOT_TOKEN)
    slackbot = startSlackbot({
      program: join(root, 'slackbot/src/main.ts'),
      server: { url: app.url, token: slackToken },
      env: process.env,
      log,
    });

  const unasked = await modelsOf(config, { fetch: closedDoor });
  if (!unasked.main.rehearsal) await warmPath(unasked.main);
  await web;
  extension.prepare();
  process.stdout.write(
    `\nDeckhand is ready. Open this link to sign in (it works once):\n\n  ${await app.signInLink()}\n\n`,
  );
}

/** What must be ended when this process is told to stop. */
type Stops = {
  /** May take its time, but not more than `orderlyMs`; what is not ended then is found again by the next start. */
  first?: () => Promise<void>;
  /** What all of that stands on. */
  last: () => Promise<void>;
  log?: Logger;
};

/** A stop takes 10 s at most, whatever is open: this long in good order, the rest for Redis to end. */
const orderlyMs = 7_000;

/** Ends the process when it is told to, and when something broke that nothing handled. */
function stopOnSignals(stops: Stops): void {
  let sinceMs = 0;
  const end = async (code: number) => {
    const ended = await Promise.race([
      (stops.first?.() ?? Promise.resolve()).then(() => 'ended' as const),
      sleep(orderlyMs, 'late' as const),
    ]).catch(error => error as Error);
    if (ended === 'late') say('Some of it did not end in time and is cut off');
    else if (ended !== 'ended') say(`Stopping had trouble: ${ended.stack}`);
    await stops.last().catch(() => {});
    process.exit(ended instanceof Error ? 1 : code);
  };
  const stop = (signal: string) => {
    // A second signal means now; one Ctrl-C may arrive twice, from the terminal and from npm.
    if (sinceMs > 0 && Date.now() - sinceMs > 500) process.exit(130);
    if (sinceMs > 0) return;
    sinceMs = Date.now();
    say(`Stopping (${signal}); turns in progress go on at the next start`);
    void end(0);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop(signal));
  // A bug that nobody caught: what it left half-done is not known, so this process ends, with the Redis that it started.
  const broke = (error: unknown) => {
    if (sinceMs > 0) return;
    sinceMs = Date.now();
    const what = 'an error that nothing handled ends the server; turns go on at the next start';
    if (stops.log) stops.log.fatal({ err: error }, what);
    else say(`${what}: ${error instanceof Error ? error.stack : String(error)}`);
    void end(1);
  };
  process.on('uncaughtException', broke);
  process.on('unhandledRejection', error => {
    // Work for a turn that is another worker's by now: what it comes to is nobody's.
    if (error instanceof FenceLost) stops.log?.warn({ err: error }, 'work that was let go ended late');
    else broke(error);
  });
}

/** What must not be left behind where this process ends because it cannot go on. */
let onGivingUp = async () => {};

async function giveUp(error: unknown): Promise<void> {
  say(error instanceof DeckhandError ? error.message : ((error as Error).stack ?? String(error)));
  await onGivingUp();
  process.exit(1);
}

main().catch(giveUp);
