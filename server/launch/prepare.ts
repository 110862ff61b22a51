import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureExtensionBuilt } from '@deckhand/extension/pack';
import { ensureBaseImage, ensureEngine, installPackages } from '@deckhand/sandbox/preflight';
import { ensureRedisServer } from '@deckhand/sandbox/preflight/redis';
import { ensureWebBuilt } from '../web/build.ts';

/** What tests and benches need and a bare machine lacks: Redis, an engine with the base image, Chromium, the page. */
const root = fileURLToPath(new URL('../..', import.meta.url));
const say = (text: string) => process.stderr.write(`${text}\n`);

function must<T extends { ok: boolean }>(result: T): Extract<T, { ok: true }> {
  if (result.ok) return result as Extract<T, { ok: true }>;
  throw new Error((result as { message?: string }).message);
}

try {
  await ensureRedisServer(say);
  const browsers = ['/usr/bin/chromium', '/usr/bin/chromium-browser'];
  if (!browsers.some(path => existsSync(path))) must(await installPackages(['chromium'], say));
  // Pages need half of the processor in it. Where it cannot be had they are tried in Chromium, as the sidebar always is.
  if (!existsSync('/usr/bin/chromium-headless-shell'))
    await installPackages(['chromium-headless-shell'], say);
  await ensureWebBuilt({ say });
  await ensureExtensionBuilt({ say });
  const { env } = process;
  const engine = must(
    await ensureEngine({ dockerHost: env.DOCKER_HOST, dataDir: join(root, '.deckhand'), say }),
  );
  must(await ensureBaseImage({ docker: engine.docker, say, env }));
} catch (error) {
  say((error as Error).message);
  process.exit(1);
}
