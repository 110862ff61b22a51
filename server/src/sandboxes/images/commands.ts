import type { Hands } from '../hands.ts';
import { repoDir } from '../worktree/workspace.ts';

export type Command = {
  /** For the log: install, build, a service's setup. */
  name: string;
  command: string;
  env: Record<string, string>;
  timeoutMs: number;
};

export type CommandOutcome = { ok: true } | { ok: false; message: string };

/**
 * Runs a command of the environment in the repository, its output to `write` as it comes. One that hangs is killed
 * with its group; what it printed is kept.
 */
export async function runCommand(
  hands: Hands,
  { name, command, env, timeoutMs }: Command,
  { write, signal }: { write: (text: string) => void; signal?: AbortSignal },
): Promise<CommandOutcome> {
  write(`\n$ ${name}: ${command}\n`);
  const startedMs = performance.now();
  const argv = ['/bin/bash', '-c', 'exec 2>&1; eval "$1"', 'deckhand', command];
  const output = hands.get({ argv, cwd: repoDir, env, timeoutMs });
  const abort = () => output.destroy(new Error('was given up'));
  signal?.addEventListener('abort', abort, { once: true });
  if (signal?.aborted) abort();
  const decoder = new TextDecoder();
  try {
    for await (const chunk of output) write(decoder.decode(chunk as Buffer, { stream: true }));
    write(`${decoder.decode()}(${name} took ${seconds(startedMs)} s)\n`);
    return { ok: true };
  } catch (error) {
    const message = `${name} failed: ${said(error as Error, timeoutMs)}`;
    write(`${decoder.decode()}\n(${message} after ${seconds(startedMs)} s)\n`);
    return { ok: false, message };
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}

const seconds = (startedMs: number) => ((performance.now() - startedMs) / 1000).toFixed(1);

const said = ({ message }: Error, timeoutMs: number) =>
  /timed out/.test(message)
    ? `it was killed, as it took longer than ${Math.round(timeoutMs / 1000)} s`
    : message.replace(/^\/bin\/bash /, 'it ');
