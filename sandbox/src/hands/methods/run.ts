import { spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Params, Value } from '../../protocol/methods.ts';
import { cleanEnvironment } from '../own-programs.ts';
import { MethodError, type MethodStream } from '../stream.ts';
import { toolEnvironment, workingDirectory } from '../tool-environment.ts';

/** Runs a program for the server: binary both ways, under backpressure, killed with its group when given up. */
export async function run(params: Params<'run'>, stream: MethodStream): Promise<Value<'run'>> {
  const [file = '', ...args] = params.argv;
  const child = spawn(file, args, {
    cwd: params.cwd ?? workingDirectory(),
    env: { ...(params.clean ? cleanEnvironment : toolEnvironment()), ...params.env },
    stdio: [params.stdin ? 'pipe' : 'ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const { stdin, stdout, stderr } = child;
  const kill = () => {
    try {
      if (child.pid) process.kill(-child.pid, 'SIGKILL');
    } catch {
      // Gone already.
    }
    // A grandchild in a session of its own may hold the pipes: do not wait for it.
    stdout?.destroy();
    stderr?.destroy();
  };
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    kill();
  }, params.timeoutMs);
  stream.signal.addEventListener('abort', kill, { once: true });
  if (stream.signal.aborted) kill();
  try {
    const exited = new Promise<Value<'run'>>((resolve, reject) => {
      child.once('error', error =>
        reject(new MethodError('not_found', `cannot run ${file}: ${error.message}`)),
      );
      child.once('exit', (code, signal) => resolve({ code, ...(signal ? { signal } : {}), timedOut: false }));
    });
    // A program that ends without reading all of its input is no error.
    if (stdin) pipeline(stream.incoming(), stdin as Writable).catch(() => stdin.destroy());
    const [value] = await Promise.all([
      exited,
      forward(stdout, 'stdout', stream),
      forward(stderr, 'stderr', stream),
    ]);
    return { ...value, timedOut };
  } finally {
    clearTimeout(timer);
    stream.signal.removeEventListener('abort', kill);
  }
}

async function forward(
  source: Readable | null,
  from: 'stdout' | 'stderr',
  stream: MethodStream,
): Promise<void> {
  if (!source) return;
  try {
    for await (const chunk of source) if (!(await stream.send(chunk, { from }))) return;
  } catch {
    // Destroyed by us when killed.
  }
}
