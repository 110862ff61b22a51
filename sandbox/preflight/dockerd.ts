import { spawn } from 'node:child_process';
import { mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { command, hasCommand, searchPath } from './command.ts';
import type { Say } from './say.ts';

/** Without systemd nobody starts the daemon for us. Detached, so that it outlives this process and its terminal. */
export async function startDockerd(dataDir: string, say: Say): Promise<{ logFile: string }> {
  await mkdir(dataDir, { recursive: true });
  const logFile = join(dataDir, 'dockerd.log');
  await chooseIptables();
  say('Starting dockerd');
  const log = await open(logFile, 'a');
  try {
    const child = spawn('dockerd', [], {
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
      cwd: '/',
      env: { ...process.env, PATH: searchPath() },
    });
    child.on('error', () => {});
    child.unref();
  } finally {
    await log.close();
  }
  return { logFile };
}

/**
 * Debian's iptables speaks nftables. A kernel that lacks a part of it (or the other) fails only when the daemon
 * makes its bridge, so try the very rule kinds it needs and take the variant that works.
 */
async function chooseIptables(): Promise<void> {
  if (!(await hasCommand('iptables')) || (await iptablesWorks('iptables'))) return;
  for (const variant of ['iptables-legacy', 'iptables-nft']) {
    if ((await hasCommand(variant)) && (await iptablesWorks(variant))) {
      const env = { ...process.env, PATH: searchPath() };
      await command(['update-alternatives', '--set', 'iptables', `/usr/sbin/${variant}`], { env });
      await command(['update-alternatives', '--set', 'ip6tables', `/usr/sbin/ip6${variant.slice(2)}`], {
        env,
      });
      return;
    }
  }
}

async function iptablesWorks(variant: string): Promise<boolean> {
  const chain = 'DECKHAND-PROBE';
  const script = [
    `${variant} -w -t nat -N ${chain}`,
    `${variant} -w -t nat -A ${chain} -m addrtype --dst-type LOCAL -j RETURN`,
    `${variant} -w -t nat -A ${chain} -s 172.17.0.0/16 -j MASQUERADE`,
    `${variant} -w -N ${chain}`,
    `${variant} -w -A ${chain} -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT`,
  ].join(' && ');
  const clean = `for t in nat filter; do ${variant} -w -t $t -F ${chain}; ${variant} -w -t $t -X ${chain}; done 2>/dev/null`;
  const { code } = await command(['sh', '-c', `${clean}; ${script}; rc=$?; ${clean}; exit $rc`], {
    env: { ...process.env, PATH: searchPath() },
    timeoutMs: 20_000,
  });
  return code === 0;
}
