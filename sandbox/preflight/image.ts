import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type Docker from 'dockerode';
import { command } from './command.ts';
import { type BuildContext, buildContext } from './context.ts';
import { fromImage, isThere } from './from.ts';
import { withLock } from './lock.ts';
import { progress } from './progress.ts';
import type { Say } from './say.ts';

export type BaseImageOptions = {
  docker: Docker;
  say: Say;
  signal?: AbortSignal;
  /** The host's environment: its proxies, extra certificates and npm registry reach the build. */
  env?: NodeJS.ProcessEnv;
};

export type BaseImage =
  | { ok: true; tag: string; built: boolean }
  | { ok: false; code: 'engine_down'; message: string };

const repository = 'deckhand-base';
const lockFile = join(tmpdir(), `deckhand-image-${process.getuid?.() ?? 0}.lock`);

/**
 * The base image, built where its inputs changed. The tag names the inputs and comes last: an image that has it is
 * whole. Callers at the same time, in this or other processes, share one build. Throws only the signal's reason.
 */
export async function ensureBaseImage(options: BaseImageOptions): Promise<BaseImage> {
  const env = options.env ?? process.env;
  const certificates = [env.NODE_EXTRA_CA_CERTS, env.SSL_CERT_FILE].filter(file => file !== undefined);
  const context = await buildContext([...new Set(certificates)]);
  const tag = `${repository}:${context.fingerprint}`;
  try {
    if (await isThere(options.docker, tag)) return { ok: true, tag, built: false };
    const work = async (): Promise<BaseImage> => {
      if (await isThere(options.docker, tag)) return { ok: true, tag, built: false };
      return build({ ...options, env, tag, pack: context.pack });
    };
    return await withLock(lockFile, work, options.signal);
  } catch (error) {
    options.signal?.throwIfAborted();
    return failed(Error.isError(error) ? error.message : String(error));
  }
}

type Build = BaseImageOptions & { env: NodeJS.ProcessEnv; tag: string; pack: BuildContext['pack'] };

async function build({ docker, say, signal, env, tag, pack }: Build): Promise<BaseImage> {
  const from = await fromImage({ docker, say, signal });
  if (!from.ok) return failed(from.message);
  say('Building the base image of the sandboxes (some 2 minutes, once)');
  const stream = await docker.buildImage(Readable.from(pack()), {
    t: tag,
    buildargs: { BASE: from.image, REGISTRY: await registry(), ...proxies(env) },
    labels: { deckhand: '1', 'deckhand.role': 'base' },
    // The host's resolver and routes: a build bridge may have neither behind a company proxy.
    networkmode: 'host',
    rm: true,
    forcerm: true,
    ...(signal ? { abortSignal: signal } : {}),
  });
  const lastWords: string[] = [];
  const built = await progress(stream, text => {
    if (/^Step \d+/.test(text)) say(text.slice(0, 100));
    lastWords.push(text);
    if (lastWords.length > 20) lastWords.shift();
  });
  signal?.throwIfAborted();
  if (built.ok) return { ok: true, tag, built: true };
  return failed(`${built.message}; the build's last words: ${lastWords.join(' ').slice(-600)}`);
}

const failed = (why: string): BaseImage => ({
  ok: false,
  code: 'engine_down',
  message: `The base image of the sandboxes could not be built: ${why}`,
});

async function registry(): Promise<string> {
  const { code, output } = await command(['npm', 'config', 'get', 'registry']);
  const url = output.split('\n').find(line => /^https?:\/\//.test(line));
  if (code !== 0 || !url)
    throw new Error('npm does not say which registry it uses; run: npm config get registry');
  return url.trim();
}

const proxyNames = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'http_proxy', 'https_proxy', 'no_proxy'];

function proxies(env: NodeJS.ProcessEnv): Record<string, string> {
  const set: Record<string, string> = {};
  for (const name of proxyNames) {
    const value = env[name];
    if (value) set[name] = value;
  }
  return set;
}
