import type Docker from 'dockerode';
import { ensureHelper } from './helper.ts';
import { ourLabels } from './labels.ts';

export type EgressOptions = {
  deployment: string;
  image: string;
  /** Tokens of sandboxes are derived from it. */
  secret: string;
  ports: number[];
  /** The company's own proxy, where the engine's host has no other way out. */
  upstream?: string;
  /** What is reached without it, as `NO_PROXY` says it. */
  noProxy?: string;
  /** Names that go to it though they are unknown here. */
  upstreamNames?: readonly string[];
  /** A server says what each sandbox may reach; where nobody does, all reach what is public. */
  ruled?: boolean;
  /** PEM: authorities that hosts are trusted by, besides those of the image, when the proxy opens their TLS. */
  authorities?: string;
};

/** The volume that holds the proxy's socket; sandboxes mount it read-only. */
export const egressVolume = (deployment: string): string => `deckhand-${deployment}-egress`;

/**
 * The only way out of the sandboxes of a deployment. On the host's network, for its resolver and routes, and listening on
 * nothing but the socket in the volume.
 */
export async function ensureEgress(docker: Docker, options: EgressOptions): Promise<void> {
  const {
    deployment,
    image,
    secret,
    ports,
    upstream,
    noProxy,
    upstreamNames = [],
    ruled,
    authorities,
  } = options;
  const name = egressVolume(deployment);
  await docker.createVolume({ Name: name, Driver: 'local', Labels: ourLabels(deployment, 'egress') });
  await ensureHelper(docker, {
    name,
    deployment,
    role: 'egress',
    options: {
      Image: image,
      User: '1000:1000',
      Cmd: ['node', '--max-old-space-size=128', '/opt/deckhand/egress.mjs'],
      WorkingDir: '/',
      Env: [
        `EGRESS_SECRET=${secret}`,
        `EGRESS_PORTS=${ports.join(',')}`,
        ...(upstream ? [`EGRESS_UPSTREAM=${upstream}`] : []),
        ...(upstream && noProxy ? [`EGRESS_NO_PROXY=${noProxy}`] : []),
        ...(ruled ? ['EGRESS_RULES=server'] : []),
        ...(authorities ? [`EGRESS_AUTHORITIES=${authorities}`] : []),
        ...(upstreamNames.length > 0 ? [`EGRESS_UPSTREAM_NAMES=${upstreamNames.join(',')}`] : []),
      ],
      HostConfig: {
        NetworkMode: 'host',
        ReadonlyRootfs: true,
        CapDrop: ['ALL'],
        SecurityOpt: ['no-new-privileges'],
        Memory: 512 * 1024 * 1024,
        PidsLimit: 256,
        Binds: [`${name}:/egress`],
        // In memory, and in no other container: who reaches it says what sandboxes may.
        Tmpfs: { '/control': 'rw,noexec,nosuid,nodev,mode=0700,uid=1000,gid=1000,size=1m' },
        RestartPolicy: { Name: 'unless-stopped' },
        LogConfig: { Type: 'json-file', Config: { 'max-size': '10m', 'max-file': '3' } },
      },
    },
  });
}
