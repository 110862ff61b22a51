import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { Params, Value } from '../../protocol/methods.ts';
import { compileCache, diskDir, terminalProgram, terminalSocket } from '../places.ts';
import { MethodError, type MethodStream } from '../stream.ts';
import { join } from './tcp.ts';

/** How long its process may take to answer. */
const startMs = 10_000;
const lookEveryMs = 20;
/** Of what its screen keeps. */
const mostHeapMiB = 128;

/** Joins the sandbox's terminal; begins it where there is none. What is said there is between it and the asker. */
export async function pty(size: Params<'pty'>, stream: MethodStream): Promise<Value<'pty'>> {
  const socket = (await reach()) ?? (await begun(size));
  await join(socket, stream);
  return {};
}

let beginning: Promise<void> | null = null;

/** Two who come at once begin one. */
async function begun(size: Params<'pty'>): Promise<Socket> {
  beginning ??= begin(size).finally(() => {
    beginning = null;
  });
  await beginning;
  const socket = await reach();
  if (!socket) throw new MethodError('not_found', 'the terminal ended at once');
  return socket;
}

async function begin({ columns, rows }: Params<'pty'>): Promise<void> {
  // One that was killed leaves its address behind, and nobody listens there.
  rmSync(terminalSocket, { force: true });
  const flags = ['--no-use-env-proxy', `--max-old-space-size=${mostHeapMiB}`];
  const child = spawn(process.execPath, [...flags, terminalProgram, String(columns), String(rows)], {
    cwd: diskDir,
    env: { ...process.env, NODE_COMPILE_CACHE: compileCache },
    stdio: 'ignore',
    detached: true,
  });
  child.on('error', () => {});
  child.unref();
  for (const deadlineMs = performance.now() + startMs; performance.now() < deadlineMs; ) {
    const socket = await reach();
    if (socket) return void socket.destroy();
    await delay(lookEveryMs);
  }
  throw new MethodError('not_found', 'the terminal did not start');
}

async function reach(): Promise<Socket | null> {
  const socket = connect({ path: terminalSocket, allowHalfOpen: true });
  try {
    await once(socket, 'connect');
    return socket;
  } catch {
    return null;
  }
}
