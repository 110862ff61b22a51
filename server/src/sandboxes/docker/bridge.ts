import type { Duplex } from 'node:stream';
import type Docker from 'dockerode';
import { failure, type Result } from '../result.ts';
import { engineFailure, statusOf, unlessGone } from './errors.ts';
import { execStream } from './exec.ts';

const extraPids = 16;
const raises = 4;
/** The runtime listens some 100 ms after the container started, or after a restart of its own. */
const bridge = ['socat', '-b', '65536', '-', 'UNIX-CONNECT:/run/deckhand/hands.sock,retry=100,interval=0.05'];

/** Whether the sandbox's processes have used up every slot, so that not even our bridge can start. */
async function pidsExhausted(container: Docker.Container): Promise<{ limit: number } | undefined> {
  const { HostConfig } = await container.inspect();
  const { pids_stats } = await container.stats({ stream: false, 'one-shot': true });
  const limit = HostConfig.PidsLimit ?? 0;
  const current = pids_stats?.current ?? 0;
  // A bridge needs a process, and the engine's own runtime some threads to start it.
  return limit > 0 && current + extraPids / 2 > limit ? { limit } : undefined;
}

/**
 * A stream to the runtime. `raisePids`: an earlier bridge ended before the runtime greeted, so look whether process
 * slots ran out and make room for one more.
 */
export async function connectBridge(docker: Docker, name: string): Promise<Result<{ stream: Duplex }>> {
  const container = docker.getContainer(name);
  for (let attempt = 0; ; attempt++) {
    try {
      const { stream } = await execStream(container, bridge, '1000:1000');
      return { ok: true, stream };
    } catch (error) {
      const exhausted =
        attempt < raises ? await unlessGone(pidsExhausted(container)).catch(() => undefined) : undefined;
      if (exhausted) {
        await container.update({ PidsLimit: exhausted.limit + extraPids });
        continue;
      }
      const status = statusOf(error);
      if (status === 404 || status === 409)
        return failure('sandbox_lost', 'The sandbox is not running any more.');
      return engineFailure(error);
    }
  }
}
