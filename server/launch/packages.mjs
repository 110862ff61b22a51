import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Plain JavaScript for the system's own Node (18 or newer): it runs before anything is installed.
 * Installs the packages of the lock file unless they are there, and answers the path of the pinned Node.
 */
export async function ensurePackages(root, say) {
  const stamp = join(root, 'node_modules', '.deckhand-packages');
  const wanted = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  const installed = () => existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted;
  if (!installed())
    await underLock(join(root, '.npm-install.lock'), () => installed() || install(root, say, stamp, wanted));
  const node = join(root, 'node_modules', '.bin', 'node');
  if (existsSync(node)) return node;
  const major = Number(process.versions.node.split('.')[0]);
  if (major >= 24) return process.execPath;
  throw new Error(
    `No Node is pinned for ${process.platform} ${process.arch} and this one is ${process.version}. Install Node 24 or newer.`,
  );
}

function install(root, say, stamp, wanted) {
  say('Installing packages (a minute or two the first time)');
  rmSync(stamp, { force: true });
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  // No package of ours needs an install script; what one would fetch is not ours to run.
  const done = spawnSync(npm, ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (done.status !== 0)
    throw new Error('npm ci failed; its message stands above. Mend that and start again.');
  writeFileSync(`${stamp}.${process.pid}`, wanted);
  renameSync(`${stamp}.${process.pid}`, stamp);
}

/** A folder as a lock: two starts at once must not install into one tree. One that is left behind is old after a while. */
async function underLock(path, work) {
  const owner = join(path, 'pid');
  for (;;) {
    try {
      mkdirSync(path);
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
      if (!isAlive(readPid(owner))) rmSync(path, { recursive: true, force: true });
      else await sleep(500);
    }
  }
  try {
    writeFileSync(owner, String(process.pid));
    return await work();
  } finally {
    rmSync(path, { recursive: true, force: true });
  }
}

function readPid(path) {
  try {
    return Number(readFileSync(path, 'utf8')) || process.pid;
  } catch {
    // The holder has made the folder and is about to write its id.
    return process.pid;
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
