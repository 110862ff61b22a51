import { randomBytes } from 'node:crypto';
import { egressToken } from '@deckhand/sandbox/egress';
import type Docker from 'dockerode';
import { egressVolume } from '../egress.ts';
import { unlessGone } from '../errors.ts';
import { ourLabels } from '../labels.ts';

export type BuildNetwork = {
  /** For `networkmode` of a build. */
  mode: string;
  /** Build arguments that the engine keeps out of images. */
  buildargs: Record<string, string>;
  close: () => Promise<void>;
};

const proxyPort = 3128;
/** Lives as long as somebody holds its stdin: a server that dies leaves none behind. */
const script = `socat TCP-LISTEN:${proxyPort},bind=127.0.0.1,reuseaddr,fork,max-children=64 UNIX-CONNECT:/egress/proxy.sock &
cat > /dev/null`;

/**
 * What a repository's Dockerfile may reach while it is built: what sandboxes may. Its steps share the network of this
 * container, which has none but the way to the egress proxy.
 */
export async function openBuildNetwork(
  docker: Docker,
  {
    deployment,
    image,
    secret,
    admit,
  }: { deployment: string; image: string; secret: string; admit: (id: string) => Promise<void> },
): Promise<BuildNetwork> {
  const id = `build-${randomBytes(6).toString('hex')}`;
  await admit(id);
  const container = await docker.createContainer({
    name: `deckhand-${deployment}-${id}`,
    Image: image,
    User: '1000:1000',
    Entrypoint: [],
    Cmd: ['/bin/bash', '-c', script],
    WorkingDir: '/',
    Labels: ourLabels(deployment, 'build'),
    AttachStdin: true,
    OpenStdin: true,
    StdinOnce: true,
    HostConfig: {
      NetworkMode: 'none',
      ReadonlyRootfs: true,
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges'],
      Memory: 128 * 1024 * 1024,
      PidsLimit: 128,
      Binds: [`${egressVolume(deployment)}:/egress:ro`],
      AutoRemove: true,
    },
  });
  const close = async () => {
    await unlessGone(container.remove({ force: true })).catch(() => {});
  };
  try {
    const held = await container.attach({ stream: true, stdin: true, hijack: true });
    held.on('error', () => {});
    await container.start();
    const proxy = `http://${id}:${egressToken(secret, id)}@127.0.0.1:${proxyPort}`;
    const buildargs: Record<string, string> = {};
    for (const name of ['HTTP_PROXY', 'HTTPS_PROXY', 'http_proxy', 'https_proxy']) buildargs[name] = proxy;
    buildargs.NO_PROXY = 'localhost,127.0.0.1,::1';
    const end = async () => {
      held.end();
      await close();
    };
    return { mode: `container:${container.id}`, buildargs, close: end };
  } catch (error) {
    await close();
    throw error;
  }
}
