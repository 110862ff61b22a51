import type { Duplex } from 'node:stream';
import { failure, type Result } from '@deckhand/shared';
import type Docker from 'dockerode';
import { engineFailure, statusOf } from './errors.ts';
import { type ExecStream, execStream } from './exec.ts';

const extraPids = 16;
const raises = 4;
/** The runtime listens some 100 ms after the container started, or after a restart of its own. */
const bridge = ['socat', '-b', '65536', '-', 'UNIX-CONNECT:/run/deckhand/hands.sock,retry=500,interval=0.01'];

/** Raises the limit where the sandbox's processes have used up every slot; false where they have not. */
async function makeRoom(container: Docker.Container): Promise<boolean> {
  const { HostConfig } = await container.inspect();
  const { pids_stats } = await container.stats({ stream: false, 'one-shot': true });
  const limit = HostConfig.PidsLimit ?? 0;
  // A bridge needs a process, and the engine's own runtime some threads to start it.
  if (limit <= 0 || (pids_stats?.current ?? 0) + extraPids / 2 <= limit) return false;
  await container.update({ PidsLimit: limit + extraPids });
  return true;
}

/** The runtime speaks first, so the first byte shows that the bridge stands. */
function standing({ stream }: ExecStream): Promise<boolean> {
  return new Promise(resolve => {
    const settle = (value: boolean) => () => resolve(value);
    stream.once('readable', () => resolve(stream.readableLength > 0));
    stream.once('close', settle(false));
    stream.once('error', settle(false));
  });
}

/** A stream to the runtime. Where process slots ran out the limit is raised, to make room for one more. */
export async function connectBridge(docker: Docker, name: string): Promise<Result<{ stream: Duplex }>> {
  const container = docker.getContainer(name);
  for (let attempt = 0; ; attempt++) {
    try {
      const exec = await execStream(container, bridge, '1000:1000');
      if (await standing(exec)) return { ok: true, stream: exec.stream };
      exec.stream.destroy();
      if (attempt < raises && (await makeRoom(container))) continue;
      return failure(
        'internal',
        `The sandbox's runtime does not answer: ${exec.stderr() || 'the bridge ended'}`,
      );
    } catch (error) {
      if (attempt < raises && (await makeRoom(container).catch(() => false))) continue;
      const status = statusOf(error);
      if (status === 404 || status === 409)
        return failure('sandbox_lost', 'The sandbox is not running any more.');
      return engineFailure(error);
    }
  }
}
