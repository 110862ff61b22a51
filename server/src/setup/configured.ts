import { DeckhandError } from '@deckhand/shared';
import { type Config, parseConfig } from '../config.ts';
import { readKeptAppAt, withKeptApp } from './keptApp.ts';

type Env = Record<string, string | undefined>;

/**
 * What the environment says by itself, to begin with. Whether others than this machine's people may reach the server
 * is known once the GitHub App is that was set up here: until then it listens nowhere.
 */
export function firstConfig(env: Env, cwd: string): Config {
  const parsed = parseConfig(env, cwd);
  const alone = parsed.ok ? parsed : parseConfig({ ...env, HOST: undefined }, cwd);
  if (alone.ok) return alone.config;
  throw new DeckhandError('bad_request', parsed.ok ? '' : parsed.message);
}

/** The configuration with the GitHub App that was set up here, where the environment names none. */
export async function configured(
  env: Env,
  cwd: string,
  kept: { redisUrl: string; secret: string; warn: (text: string) => void },
): Promise<Config> {
  const app = await readKeptAppAt(kept.redisUrl, kept.secret);
  const parsed = parseConfig(withKeptApp(env, app), cwd);
  if (parsed.ok) return parsed.config;
  // What was set up on a page must not keep a server from starting.
  const without = parseConfig(env, cwd);
  if (!without.ok) throw new DeckhandError('bad_request', without.message);
  kept.warn(`The GitHub App that was set up is not in service. ${parsed.message}`);
  return without.config;
}
