import { spawn } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type Docker from 'dockerode';
import { canInstall, install } from './apt.ts';
import { command, hasCommand, searchPath } from './command.ts';
import { progress } from './progress.ts';
import type { Say } from './say.ts';

const official = 'debian:bookworm-slim';
const own = 'deckhand-debian:bookworm';
/** A registry that does not answer may neither refuse nor resolve: this long without a first word is a no. */
const registryAnswersMs = 15_000;
const debootstrapMs = 10 * 60_000;

export type From = { ok: true; image: string } | { ok: false; message: string };
export type FromOptions = { docker: Docker; say: Say; signal?: AbortSignal | undefined };

/** The image that ours starts FROM: here already, pulled, or made from Debian's packages where no registry answers. */
export async function fromImage({ docker, say, signal }: FromOptions): Promise<From> {
  for (const image of [official, own]) if (await isThere(docker, image)) return { ok: true, image };
  say(`Pulling ${official}`);
  const pulled = await pull(docker, signal);
  if (pulled.ok) return { ok: true, image: official };
  signal?.throwIfAborted();
  say(`No image registry answers (${pulled.message}); making the image from Debian's packages`);
  return makeFrom({ docker, say, signal });
}

export async function isThere(docker: Docker, image: string): Promise<boolean> {
  try {
    await docker.getImage(image).inspect();
    return true;
  } catch (error) {
    if (Error.isError(error) && 'statusCode' in error && error.statusCode === 404) return false;
    throw error;
  }
}

async function pull(
  docker: Docker,
  signal?: AbortSignal,
): Promise<{ ok: true } | { ok: false; message: string }> {
  const silent = new AbortController();
  const timer = setTimeout(() => silent.abort(new Error('no answer')), registryAnswersMs);
  const signals = signal ? [signal, silent.signal] : [silent.signal];
  try {
    const stream = await docker.pull(official, { abortSignal: AbortSignal.any(signals) });
    return await progress(stream, () => clearTimeout(timer));
  } catch (error) {
    return { ok: false, message: Error.isError(error) ? error.message.slice(0, 200) : String(error) };
  } finally {
    clearTimeout(timer);
  }
}

/** Debian's archive as this machine's own apt knows it; nothing, where apt does not say: debootstrap has a default. */
async function archive(): Promise<string[]> {
  const { code, output } = await command(['apt-get', 'indextargets', '--format', '$(REPO_URI)']);
  const urls = code === 0 ? output.split('\n').map(line => line.trim()) : [];
  return urls.filter(url => /^https?:\/\/.*\/debian\/?$/.test(url)).slice(0, 1);
}

async function makeFrom({ docker, say, signal }: FromOptions): Promise<From> {
  const advice = `run: docker pull ${official} (from a network that reaches a registry), or start once as root on Debian`;
  if (!(await hasCommand('debootstrap'))) {
    if (!(await canInstall()))
      return { ok: false, message: `no registry answers and debootstrap is not installed; ${advice}` };
    const done = await install(['debootstrap'], say);
    if (!done.ok) return { ok: false, message: `debootstrap could not be installed: ${done.message}` };
  }
  if (process.getuid?.() !== 0)
    return { ok: false, message: `no registry answers and debootstrap needs root; ${advice}` };

  const dir = await mkdtemp(join(tmpdir(), 'deckhand-debian-'));
  try {
    const root = join(dir, 'root');
    const env = { ...process.env, PATH: searchPath() };
    const options = ['--variant=minbase', 'bookworm', root, ...(await archive())];
    const made = await command(['debootstrap', ...options], { env, timeoutMs: debootstrapMs, signal });
    signal?.throwIfAborted();
    if (made.code !== 0)
      return { ok: false, message: `debootstrap failed: ${made.output.trim().split('\n').at(-1)}` };
    const list = join(root, 'etc/apt/sources.list');
    await writeFile(list, sourcesFrom(await readFile(list, 'utf8')));
    await chmod(root, 0o755);
    say('Importing the image');
    return await importRoot(docker, root);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** debootstrap names the archive alone; updates and security fixes lie beside it. */
function sourcesFrom(list: string): string {
  const mirror = list.split(/\s+/)[1]?.replace(/\/$/, '') ?? '';
  return `deb ${mirror} bookworm main
deb ${mirror} bookworm-updates main
deb ${mirror}-security bookworm-security main
`;
}

async function importRoot(docker: Docker, root: string): Promise<From> {
  const skip = [
    './var/cache/apt/archives/*',
    './var/lib/apt/lists/*',
    './usr/share/doc/*',
    './usr/share/locale/*',
    './usr/share/man/*',
  ];
  const argv = ['-C', root, ...skip.map(path => `--exclude=${path}`), '--numeric-owner', '-c', '.'];
  const tar = spawn('tar', argv, { stdio: ['ignore', 'pipe', 'ignore'] });
  const exited = new Promise<number | null>(resolve => tar.once('close', resolve));
  const [repo, tag] = own.split(':');
  const changes = ['LABEL deckhand=1', 'CMD ["/bin/bash"]'];
  const stream = await docker.importImage(tar.stdout, { repo, tag, changes });
  const imported = await progress(stream, () => {});
  if (imported.ok && (await exited) === 0) return { ok: true, image: own };
  await docker
    .getImage(own)
    .remove()
    .catch(() => {});
  return { ok: false, message: imported.ok ? 'tar failed' : imported.message };
}
