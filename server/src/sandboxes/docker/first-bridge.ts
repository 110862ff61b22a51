import type { Duplex } from 'node:stream';
import type Docker from 'dockerode';
import { demux } from './demux.ts';

/** Somebody else's server may own the sandbox by then; one that is not fetched so long keeps no process busy. */
const keptMs = 60_000;

/**
 * The bridges that stand from a sandbox's start on: the stdin and stdout of its PID 1, attached to before it runs.
 * Later bridges are execs, which take the engine longer than all that goes through most of them.
 */
export function firstBridges() {
  const open = new Map<string, Duplex>();

  return {
    attach: async (container: Docker.Container, id: string): Promise<void> => {
      const raw = await container.attach({
        stream: true,
        stdin: true,
        stdout: true,
        stderr: true,
        hijack: true,
      });
      const stream = demux(raw as Duplex, () => {});
      open.set(id, stream);
      const timer = setTimeout(() => {
        if (open.get(id) === stream) stream.destroy();
      }, keptMs);
      timer.unref();
      stream.on('error', () => {});
      stream.once('close', () => {
        clearTimeout(timer);
        if (open.get(id) === stream) open.delete(id);
      });
    },
    /** Given away once. */
    take: (id: string): Duplex | undefined => {
      const stream = open.get(id);
      open.delete(id);
      return stream;
    },
    drop: (id: string) => void open.get(id)?.destroy(),
    close: () => {
      for (const stream of open.values()) stream.destroy();
    },
  };
}

export type FirstBridges = ReturnType<typeof firstBridges>;
