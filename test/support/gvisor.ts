import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A runtime for an engine of the test's own. `dispose` removes it. */
export type Runtime = { path: string; dispose(): Promise<void> };

/**
 * gVisor's `runsc` from Debian's package, unpacked into a folder of its own: nothing is installed. System calls are caught
 * by ptrace, since no hardware for virtual machines can be counted on; sandboxes have no network, and reach the proxy of
 * their egress by a socket of the host's.
 */
export async function unpackGvisor(): Promise<Runtime> {
  const dir = await mkdtemp(join(tmpdir(), 'deckhand-gvisor-'));
  await run('apt-get', ['download', '-q', 'runsc'], { cwd: dir });
  const [archive = ''] = (await readdir(dir)).filter(name => name.endsWith('.deb'));
  await run('dpkg', ['-x', join(dir, archive), dir]);
  const path = join(dir, 'runsc.sh');
  const flags = '--platform=ptrace --network=none --fsgofer-host-uds';
  await writeFile(path, `#!/bin/sh\nexec ${join(dir, 'usr/bin/runsc')} ${flags} "$@"\n`);
  await chmod(path, 0o755);
  return { path, dispose: () => rm(dir, { recursive: true, force: true }) };
}
