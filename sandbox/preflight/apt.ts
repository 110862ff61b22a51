import { readdir, readFile } from 'node:fs/promises';
import { command, hasCommand, searchPath } from './command.ts';
import type { Say } from './say.ts';

const listsDir = '/var/lib/apt/lists';
const installTimeoutMs = 5 * 60_000;

/** Whether packages can be installed here without asking anyone. */
export async function canInstall(): Promise<boolean> {
  return process.getuid?.() === 0 && (await isDebian()) && (await hasCommand('apt-get'));
}

async function isDebian(): Promise<boolean> {
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '');
  return /^ID(_LIKE)?=.*debian/m.test(release);
}

/** Installs Debian packages; waits for another apt or dpkg that is at work. `ok:false` carries apt's last words. */
export async function install(
  packages: string[],
  say: Say,
): Promise<{ ok: true } | { ok: false; message: string }> {
  say(`Installing ${packages.join(', ')} from Debian`);
  let { code, output } = (await listsMissing()) ? await update() : { code: 0, output: '' };
  if (code === 0) ({ code, output } = await aptGet('install', ...packages));
  if (code !== 0) {
    // Lists can be there and too old: then the archive no longer has the file they name.
    await update();
    ({ code, output } = await aptGet('install', ...packages));
  }
  return code === 0 ? { ok: true } : { ok: false, message: output.trim().split('\n').slice(-3).join(' ') };
}

const update = () => aptGet('update');

function aptGet(...args: string[]) {
  const options = [
    '-qq',
    '-y',
    '--no-install-recommends',
    '-o',
    'DPkg::Lock::Timeout=180',
    '-o',
    'Acquire::Retries=3',
  ];
  return command(['apt-get', ...options, ...args], {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', PATH: searchPath() },
    timeoutMs: installTimeoutMs,
  });
}

async function listsMissing(): Promise<boolean> {
  const names = await readdir(listsDir).catch(() => []);
  return !names.some(name => /_Packages(\.|$)/.test(name));
}
