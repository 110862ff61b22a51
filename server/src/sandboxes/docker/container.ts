import { egressToken } from '@deckhand/sandbox/egress';
import type Docker from 'dockerode';
import type { SandboxSpec } from '../driver.ts';
import { type DiskMount, diskVolume } from './disks/volume.ts';
import { egressVolume } from './egress.ts';
import { sandboxLabels } from './labels.ts';
import { managerVariables } from './managerVariables.ts';
import { seccomp } from './seccomp.ts';

export type Deployment = { deployment: string; egressSecret: string; runtime?: string | undefined };

/** What the runtime notes of its calls, and apart from it what commands print: a flood must not keep it from noting. */
const runBytes = 64 * 1024 * 1024;
const outputBytes = 96 * 1024 * 1024;
const mostTmpBytes = 1024 * 1024 * 1024;
const proxyPort = 3128;

export const containerName = (id: string): string => `deckhand-${id}`;

/** Everything that keeps a sandbox in: what it may use, see and reach. */
export function containerOptions(
  spec: SandboxSpec,
  { image, disk }: { image: string; disk: DiskMount },
  { deployment, egressSecret, runtime }: Deployment,
): Docker.ContainerCreateOptions {
  const { limits } = spec;
  // Memory files count as memory: more than half could starve the tools.
  const tmpBytes = Math.min(mostTmpBytes, Math.floor(limits.memoryBytes / 2));
  return {
    name: containerName(spec.id),
    Image: image,
    Hostname: 'sandbox',
    User: '1000:1000',
    WorkingDir: '/work',
    Entrypoint: [],
    Cmd: ['/bin/bash', '/opt/deckhand/supervise.sh'],
    Env: environment(spec, egressSecret),
    Labels: sandboxLabels(deployment, spec.id, spec.labels),
    StopTimeout: 1,
    StopSignal: 'SIGTERM',
    // An image of the repository's own may bring one.
    Healthcheck: { Test: ['NONE'] },
    HostConfig: {
      ...(runtime ? { Runtime: runtime } : {}),
      Memory: limits.memoryBytes,
      MemorySwap: limits.memoryBytes,
      NanoCpus: Math.round(limits.cpus * 1e9),
      PidsLimit: limits.pids,
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges', seccomp],
      NetworkMode: 'none',
      ReadonlyRootfs: true,
      IpcMode: 'private',
      Tmpfs: {
        '/tmp': `rw,exec,nosuid,nodev,mode=1777,size=${tmpBytes}`,
        '/run/deckhand': `rw,noexec,nosuid,nodev,mode=0700,uid=1000,gid=1000,size=${runBytes}`,
        '/run/deckhand/output': `rw,noexec,nosuid,nodev,mode=0700,uid=1000,gid=1000,size=${outputBytes}`,
      },
      Mounts: [
        diskVolume({ sandboxId: spec.id, deployment, disk }),
        {
          Type: 'volume',
          Source: egressVolume(deployment),
          Target: '/egress',
          ReadOnly: true,
          VolumeOptions: noCopy,
        },
      ],
      LogConfig: { Type: 'json-file', Config: { 'max-size': '1m', 'max-file': '1' } },
      RestartPolicy: { Name: 'no' },
    },
  };
}

const noCopy = { NoCopy: true, Labels: {}, DriverConfig: { Name: '', Options: {} } };

function environment({ id, env }: SandboxSpec, egressSecret: string): string[] {
  const proxy = `http://${id}:${egressToken(egressSecret, id)}@127.0.0.1:${proxyPort}`;
  const local = 'localhost,127.0.0.1,::1';
  const all: Record<string, string> = {
    DECKHAND_SANDBOX_ID: id,
    NODE_USE_ENV_PROXY: '1',
    ...managerVariables(proxy),
    ...env,
  };
  for (const name of ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY']) {
    all[name] = proxy;
    all[name.toLowerCase()] = proxy;
  }
  all.NO_PROXY = local;
  all.no_proxy = local;
  return Object.entries(all).map(([name, value]) => `${name}=${value}`);
}
