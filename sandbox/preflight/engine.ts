import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import Docker from 'dockerode';
import { canInstall, install } from './apt.ts';
import { hasCommand } from './command.ts';
import { startDockerd } from './dockerd.ts';
import { withLock } from './lock.ts';
import type { Say } from './say.ts';

export type EngineOptions = {
  /** As in DOCKER_HOST: unix:///path, tcp://host:port or ssh://user@host. */
  dockerHost?: string | undefined;
  /** Where the log of a daemon that we start is kept. */
  dataDir?: string;
  say: Say;
};

export type Engine =
  | { ok: true; docker: Docker; host: string; startedByUs: boolean }
  | { ok: false; code: 'engine_down'; message: string };

const defaultHost = 'unix:///var/run/docker.sock';
const lockFile = '/var/lock/deckhand-engine.lock';
const startTimeoutMs = 60_000;
const probeTimeoutMs = 5_000;

/** Finds a Docker engine or, on Debian as root, installs and starts one. Idempotent; milliseconds when one answers. */
export async function ensureEngine(options: EngineOptions): Promise<Engine> {
  const { dockerHost, say } = options;
  const host = dockerHost ?? defaultHost;
  const docker = clientFor(host);
  const first = await probe(docker);
  if (first.ok) return { ok: true, docker, host, startedByUs: false };
  if (dockerHost)
    return down(
      `DOCKER_HOST (${dockerHost}) does not answer (${first.message}); start that engine or unset DOCKER_HOST`,
    );
  if (first.denied)
    return down('you may not use Docker; run: sudo usermod -aG docker $USER, and sign in again');
  if (process.getuid?.() !== 0 || process.platform !== 'linux')
    return down(`no Docker engine answers; ${adviceFor(process.platform)}`);
  // Two servers that start at once must not start two daemons: the second finds the first one's.
  return withLock(lockFile, async () => {
    if ((await probe(docker)).ok) return { ok: true, docker, host, startedByUs: false };
    const installed = await ensureInstalled(say);
    if (!installed.ok) return installed;
    const { logFile } = await startDockerd(options.dataDir ?? join(process.cwd(), '.deckhand'), say);
    const answered = await waitFor(docker);
    if (answered) return { ok: true, docker, host, startedByUs: true };
    return down(`dockerd was started and does not answer; see its last words with: tail -n 30 ${logFile}`);
  });
}

async function ensureInstalled(say: Say): Promise<{ ok: true } | (Engine & { ok: false })> {
  if (await hasCommand('dockerd')) return { ok: true };
  if (!(await canInstall())) return down(`no Docker engine is installed; ${adviceFor('linux')}`);
  const done = await install(['docker.io', 'iptables'], say);
  return done.ok
    ? done
    : down(
        `Docker could not be installed (${done.message}); run: apt-get update && apt-get install docker.io iptables`,
      );
}

const down = (message: string): Engine & { ok: false } => ({ ok: false, code: 'engine_down', message });

const adviceFor = (platform: NodeJS.Platform) =>
  platform === 'linux'
    ? 'install and start it with: sudo apt-get install docker.io, or name another with DOCKER_HOST'
    : 'start Docker Desktop, or name another engine with DOCKER_HOST';

export function clientFor(host: string): Docker {
  if (host.startsWith('unix://')) return new Docker({ socketPath: host.slice('unix://'.length) });
  const url = new URL(host);
  const protocol =
    url.protocol === 'ssh:'
      ? 'ssh'
      : url.protocol === 'https:' || process.env.DOCKER_TLS_VERIFY
        ? 'https'
        : 'http';
  return new Docker({
    host: url.hostname,
    port: Number(url.port) || (protocol === 'ssh' ? 22 : protocol === 'https' ? 2376 : 2375),
    protocol,
    ...(url.username ? { username: url.username } : {}),
  });
}

async function probe(
  docker: Docker,
): Promise<{ ok: true } | { ok: false; denied: boolean; message: string }> {
  try {
    // A daemon that hangs accepts connections all the same.
    const late = delay(probeTimeoutMs, undefined, { ref: false }).then(() =>
      Promise.reject(new Error('no answer')),
    );
    await Promise.race([docker.ping(), late]);
    return { ok: true };
  } catch (error) {
    const code = Error.isError(error) && 'code' in error ? String(error.code) : '';
    return { ok: false, denied: code === 'EACCES' || code === 'EPERM', message: code || String(error) };
  }
}

/** The daemon says nothing when it is ready; its socket answering is the only sign. */
async function waitFor(docker: Docker): Promise<boolean> {
  const deadline = Date.now() + startTimeoutMs;
  while (Date.now() < deadline) {
    if ((await probe(docker)).ok) return true;
    await delay(100);
  }
  return false;
}
