import type { Duplex } from 'node:stream';
import type Docker from 'dockerode';
import { demux } from './demux.ts';

export type ExecStream = { stream: Duplex; stderr: () => string; code: () => Promise<number | null> };

/** An engine on its knees takes seconds to start a process; one whose container died meanwhile never answers. */
const patienceMs = 30_000;

/**
 * A process in a container, its stdin and stdout as one stream. Ends when either side does. Throws what the engine
 * says, and AbortError where it says nothing.
 */
export async function execStream(
  container: Docker.Container,
  argv: string[],
  user?: string,
  startMs = patienceMs,
): Promise<ExecStream> {
  const exec = await container.exec({
    Cmd: argv,
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
    ...(user ? { User: user } : {}),
  });
  let stderr = '';
  const silent = new AbortController();
  const timer = setTimeout(() => silent.abort(), startMs);
  const options = { hijack: true, stdin: true, abortSignal: silent.signal };
  const raw = await exec.start(options).finally(() => clearTimeout(timer));
  const stream = demux(raw, text => {
    stderr = (stderr + text).slice(-2000);
  });
  return { stream, stderr: () => stderr, code: async () => (await exec.inspect()).ExitCode };
}

export type Executed = { code: number | null; stdout: string; stderr: string };

/** Runs to the end; for what prints little. */
export async function execute(container: Docker.Container, argv: string[], user?: string): Promise<Executed> {
  const { stream, stderr, code } = await execStream(container, argv, user);
  let stdout = '';
  for await (const chunk of stream) stdout += chunk;
  return { code: await code(), stdout, stderr: stderr() };
}
