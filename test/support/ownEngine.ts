import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import Docker from 'dockerode';
import { patienceMs } from './patience.ts';

const run = promisify(execFile);
const bridge = 'deckhand-test0';

/** A Docker engine of the test's own, to be killed: nothing of it touches the machine's. Needs root. */
export type OwnEngine = {
  /** For DOCKER_HOST. */
  url: string;
  docker: Docker;
  /** Copies an image of the machine's engine into it. */
  load(image: string): Promise<void>;
  /** kill -9 of dockerd, its containerd and all containers, as a machine that loses power. */
  kill(): Promise<void>;
  start(): Promise<void>;
  dispose(): Promise<void>;
};

/** `flags`: more of them for `dockerd`. */
export async function startOwnEngine(more: readonly string[] = []): Promise<OwnEngine> {
  const dir = await mkdtemp(join(tmpdir(), 'deckhand-engine-'));
  const socket = join(dir, 'docker.sock');
  const url = `unix://${socket}`;
  const docker = new Docker({ socketPath: socket });
  await run('sh', [
    '-c',
    `ip link add ${bridge} type bridge 2>/dev/null; ip addr replace 10.231.7.1/24 dev ${bridge}`,
  ]);
  let child: ChildProcess | undefined;

  const engine: OwnEngine = {
    url,
    docker,
    async load(image) {
      await run('sh', ['-c', `docker save ${image} | docker -H ${url} load`], { timeout: 120_000 });
    },
    async start() {
      const log = await open(join(dir, 'log'), 'a');
      const flags = [
        '--data-root',
        join(dir, 'data'),
        '--exec-root',
        join(dir, 'run'),
        '--pidfile',
        join(dir, 'pid'),
      ];
      // Not the machine's bridge nor its rules: an engine that ends would take them along.
      const network = ['--bridge', bridge, '--iptables=false', '--ip6tables=false', '--ip-masq=false'];
      child = spawn('dockerd', ['-H', url, ...flags, ...network, ...more], {
        stdio: ['ignore', log.fd, log.fd],
      });
      await log.close();
      const deadlineMs = Date.now() + patienceMs;
      while (!(await docker.ping().catch(() => null))) {
        if (child.exitCode !== null || Date.now() > deadlineMs)
          throw new Error(`dockerd did not start:\n${readFileSync(join(dir, 'log'), 'utf8').slice(-2000)}`);
        await sleep(100);
      }
    },
    async kill() {
      if (child && child.exitCode === null && child.signalCode === null) {
        child.kill('SIGKILL');
        await once(child, 'exit');
      }
      // Its containerd and shims name its folder; what they hold ends with them.
      for (const pids = ours(dir); pids.length > 0; pids.splice(0, pids.length, ...ours(dir))) {
        for (const pid of pids) end(pid);
        await sleep(20);
      }
      await forget(dir);
    },
    async dispose() {
      await engine.kill();
      await run('ip', ['link', 'del', bridge]).catch(() => {});
      await rm(dir, { recursive: true, force: true });
    },
  };
  await engine.start();
  return engine;
}

/** What a machine that loses power forgets: mounts, loop devices (ours alone), and what lay in memory. */
async function forget(dir: string): Promise<void> {
  const { stdout } = await run('sh', ['-c', `cut -d' ' -f2 /proc/mounts | grep '^${dir}/' || true`]);
  for (const path of stdout.split('\n').filter(Boolean).toReversed())
    await run('umount', ['-l', path]).catch(() => {});
  const stores = await run('find', [join(dir, 'data', 'volumes'), '-name', 'store.img']).catch(() => ({
    stdout: '',
  }));
  for (const store of stores.stdout.split('\n').filter(Boolean)) {
    const [loop = ''] = (await run('losetup', ['-n', '-O', 'NAME', '-j', store])).stdout.trim().split('\n');
    if (!loop) continue;
    const within = `7:${loop.replace('/dev/loop', '')}`;
    const all = await run('losetup', ['-n', '-l', '-O', 'NAME,BACK-MAJ:MIN']);
    for (const line of all.stdout.split('\n')) {
      const [name = '', back] = line.trim().split(/\s+/);
      if (back === within) await run('losetup', ['-d', name]).catch(() => {});
    }
    await run('losetup', ['-d', loop]).catch(() => {});
  }
  await rm(join(dir, 'run'), { recursive: true, force: true });
}

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // Gone already.
  }
}

/** Processes of that engine: those whose command line names its folder, and all that descend from them. */
function ours(dir: string): number[] {
  const parents = new Map<number, number>();
  const found = new Set<number>();
  for (const name of readdirSync('/proc').filter(each => /^\d+$/.test(each))) {
    try {
      const pid = Number(name);
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      if (state === 'Z') continue;
      parents.set(pid, Number(parent));
      if (readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(dir)) found.add(pid);
    } catch {
      // Gone already.
    }
  }
  for (let before = -1; before !== found.size; ) {
    before = found.size;
    for (const [pid, parent] of parents) if (found.has(parent)) found.add(pid);
  }
  found.delete(process.pid);
  return [...found];
}
