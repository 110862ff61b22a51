import { DeckhandError } from '@deckhand/shared';
import { readKeptAppAt, withKeptApp } from './keptApp.ts';

type Env = Record<string, string | undefined>;
/** A configuration of an environment, or what is wrong with that. */
type Parse<C> = (env: Env) => { ok: true; config: C } | { ok: false; message: string };

/**
 * What the environment says by itself, to begin with. Whether others than this machine's people may reach the server
 * is known once the GitHub App is that was set up here: until then it listens nowhere.
 */
export function firstConfig<C>(parse: Parse<C>, env: Env): C {
  const parsed = parse(env);
  const alone = parsed.ok ? parsed : parse({ ...env, HOST: undefined });
  if (alone.ok) return alone.config;
  throw new DeckhandError('bad_request', parsed.ok ? '' : parsed.message);
}

/** The configuration with the GitHub App that was set up here, where the environment names none. */
export async function configured<C>(
  parse: Parse<C>,
  env: Env,
  kept: { redisUrl: string; secret: string; warn: (text: string) => void },
): Promise<C> {
  const app = await readKeptAppAt(kept.redisUrl, kept.secret);
  const parsed = parse(withKeptApp(env, app));
  if (parsed.ok) return parsed.config;
  // What was set up on a page must not keep a server from starting.
  const without = parse(env);
  if (!without.ok) throw new DeckhandError('bad_request', without.message);
  kept.warn(`The GitHub App that was set up is not in service. ${parsed.message}`);
  return without.config;
}
