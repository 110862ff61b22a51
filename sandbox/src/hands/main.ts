import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { calls } from './calls.ts';
import { serve } from './connection.ts';
import { dispatcher } from './dispatch.ts';
import { gate } from './gate.ts';
import { serveOpenProxy } from './open-proxy.ts';
import { bootPath, diskDir, homeDir, journalDir, outputDir, repoDir, socketPath } from './places.ts';
import { forgetOrphans } from './prune.ts';

/**
 * The runtime of a sandbox: tools, files and processes for whoever holds the session's highest fence. PID 1 restarts it
 * whenever it dies; what must not be lost by that is in the journal.
 */
function main(): void {
  for (const dir of [journalDir, outputDir, homeDir, repoDir]) mkdirSync(dir, { recursive: true });
  process.chdir(diskDir);
  forgetOrphans();

  const all = calls();
  all.resume();

  const house = {
    gate: gate(process.env.DECKHAND_SANDBOX_ID ?? ''),
    dispatch: dispatcher(all),
    bootId: readFileSync(bootPath, 'utf8').trim(),
  };
  const proxy = process.env.HTTPS_PROXY;
  if (proxy) serveOpenProxy({ proxy });
  // The socket of one that was killed is still there, and nobody listens on it.
  rmSync(socketPath, { force: true });
  createServer(socket => serve(socket, house)).listen(socketPath);
}

// The image's build loads all of this once, for the compile cache.
if (!process.argv.includes('--compile-only')) main();
