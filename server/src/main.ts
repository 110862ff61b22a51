import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DeckhandError } from '@deckhand/shared';
import { ensureRedis } from '../preflight/redis.ts';
import { ensureWebBuilt } from '../web/build.ts';
import { defaultModelTimeouts } from './agent/ask.ts';
import { openaiBrain } from './agent/models/openai.ts';
import { rehearsalBrain } from './agent/models/rehearsal.ts';
import { startApp } from './app.ts';
import { type Config, parseConfig, secretsOf } from './config.ts';
import { ensureDataDir, keepUrl, keptHouse, keptSecret } from './dataDir.ts';
import { Preparations } from './engine.ts';
import { openExtension } from './extension.ts';
import { localUser } from './identity/localUser.ts';
import type { ServiceToken } from './identity/tokens.ts';
import { createLogger } from './log.ts';
import { openSandbox, prepareEngine } from './prepareEngine.ts';
import { ensureReposFile, ensureSampleRepo } from './repos/sample.ts';
import { checkDurable } from './sessions/durable.ts';

/** The one place that reads the environment, installs signal handlers and exits. */
const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const say = (text: string) => process.stderr.write(`${text}\n`);

function brainOf(config: Config) {
  const { OPENAI_API_KEY, OPENAI_BASE_URL, DECKHAND_MODEL, DECKHAND_MODEL_API } = config;
  if (!OPENAI_API_KEY && !OPENAI_BASE_URL) return rehearsalBrain(config.DECKHAND_REHEARSAL_WORD_MS);
  return openaiBrain({
    // Local servers need no key, but the provider wants one.
    apiKey: OPENAI_API_KEY ?? 'none',
    baseUrl: OPENAI_BASE_URL,
    model: DECKHAND_MODEL,
    api: DECKHAND_MODEL_API,
  });
}

async function main(): Promise<void> {
  const parsed = parseConfig(process.env, root);
  if (!parsed.ok) throw new DeckhandError('bad_request', parsed.message);
  const { config } = parsed;
  await ensureDataDir(config.dataDir);
  const secret = config.DECKHAND_SECRET ?? (await keptSecret(config.dataDir, 'secret'));
  const house = await keptHouse(config.dataDir);
  const cliToken = await keptSecret(config.dataDir, 'cli-token');
  const log = createLogger(config.DECKHAND_LOG_LEVEL, [...secretsOf(config), secret, cliToken]);

  const redis = await ensureRedis({ url: config.REDIS_URL, dataDir: config.dataDir, say });
  await checkDurable(redis.url, config.DECKHAND_PRODUCTION, text => log.warn(text));
  const sampleDir = join(config.dataDir, 'sample.git');
  await ensureSampleRepo(sampleDir);
  await ensureReposFile(config.reposFile, sampleDir);

  const user = await localUser();
  const service = (token: string, via: string): ServiceToken => ({
    token,
    identity: { ...user, scopes: ['read', 'write', 'act', 'admin'], via },
  });
  const services = [service(cliToken, 'cli')];
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
  const app = await startApp({
    config,
    redisUrl: redis.url,
    secret,
    brain: brainOf(config),
    modelTimeouts: defaultModelTimeouts,
    user,
    services,
    preparations,
    prepareEngine: prepareEngine({ config, secret, house, preparations, say, log, env: process.env }),
    openHands: openSandbox,
    webDir: () => webDir,
    extension,
    log,
  });
  await keepUrl(config.dataDir, app.url);

  let closingSinceMs = 0;
  const close = (signal: string) => {
    // A second signal means now; one Ctrl-C may arrive twice, from the terminal and from npm.
    if (closingSinceMs > 0 && Date.now() - closingSinceMs > 500) process.exit(130);
    if (closingSinceMs > 0) return;
    closingSinceMs = Date.now();
    say(`Stopping (${signal}); turns in progress go on at the next start`);
    const end = async () => {
      await app.close();
      await redis.stop();
      process.exit(0);
    };
    end().catch(error => {
      log.error({ err: error }, 'stopping had trouble');
      process.exit(1);
    });
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => close(signal));

  await web;
  process.stdout.write(
    `\nDeckhand is ready. Open this link to sign in (it works once):\n\n  ${await app.signInLink()}\n\n`,
  );
}

main().catch((error: unknown) => {
  say(error instanceof DeckhandError ? error.message : ((error as Error).stack ?? String(error)));
  process.exit(1);
});
