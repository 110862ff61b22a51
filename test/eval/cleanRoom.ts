import { execFile } from 'node:child_process';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { ensureBaseImage } from '@deckhand/sandbox/preflight';
import { docker } from '../support/engine.ts';
import type { Task } from './task.ts';

const run = promisify(execFile);
const lib = fileURLToPath(new URL('lib.sh', import.meta.url));
const checkTimeoutSeconds = 60;
const shownChars = 4_000;
const gib = 1024 ** 3;

/** How a turn ended, as checks may ask: `turns.json` beside them. */
export type Turns = { outcome: string; question: string | null; said: string }[];

export type Checked = { passed: boolean; output: string };

/** A container of the base image in which no agent ever worked. It has no network, and what checks say is all that comes out. */
export type CleanRoom = {
  /** Runs a task's hidden checks on a tree, which may hold anything. */
  check(task: Task, result: { tree: string; turns: Turns }): Promise<Checked>;
  close(): Promise<void>;
};

export async function openCleanRoom(): Promise<CleanRoom> {
  const image = await ensureBaseImage({ docker, say: () => {} });
  if (!image.ok) throw new Error(image.message);
  const container = await docker.createContainer({
    Image: image.tag,
    User: '1000:1000',
    Entrypoint: [],
    // Should nobody close it.
    Cmd: ['sleep', '7200'],
    Labels: { 'deckhand.eval': '1' },
    HostConfig: {
      AutoRemove: true,
      Init: true,
      NetworkMode: 'none',
      CapDrop: ['ALL'],
      SecurityOpt: ['no-new-privileges'],
      Memory: gib,
      MemorySwap: gib,
      PidsLimit: 256,
    },
  });
  await container.start();
  /** Puts a path below a folder of ours in there, at the top, owned by this user. */
  const put = async (dir: string, path: string, owner: number) => {
    const tar = `${dir}.tar`;
    await run('tar', ['-c', '-f', tar, `--owner=${owner}`, `--group=${owner}`, '-C', dir, path]);
    await container.putArchive(tar, { path: '/' });
  };
  const inside = async (Cmd: string[], more: { WorkingDir: string; Env: string[] }): Promise<Checked> => {
    const exec = await container.exec({ Cmd, AttachStdout: true, AttachStderr: true, Tty: true, ...more });
    const output = (await text(await exec.start({ Tty: true }))).replaceAll('\r\n', '\n');
    const { ExitCode } = await exec.inspect();
    return { passed: ExitCode === 0, output: output.slice(-shownChars) };
  };
  return {
    async check(task, { tree, turns }) {
      const id = `judged-${crypto.randomUUID().slice(0, 8)}`;
      const stage = await mkdtemp(join(tmpdir(), 'deckhand-check-'));
      try {
        const hidden = join(stage, 'hidden', id, 'checks');
        await cp(join(task.dir, 'checks'), hidden, { recursive: true });
        await cp(lib, join(hidden, 'lib.sh'));
        await writeFile(join(hidden, 'turns.json'), JSON.stringify(turns));
        await cp(tree, join(stage, 'result', id, 'tree'), { recursive: true, verbatimSymlinks: true });
        // What the agent made may be changed by what runs of it; the checks, root's, may not.
        await put(join(stage, 'hidden'), id, 0);
        await put(join(stage, 'result'), `${id}/tree`, 1000);
        const limit = ['timeout', '-k', '5', String(checkTimeoutSeconds)];
        return await inside([...limit, 'bash', `/${id}/checks/check.sh`], {
          WorkingDir: `/${id}/tree`,
          Env: [`CHECKS=/${id}/checks`, 'HOME=/tmp', 'LC_ALL=C.UTF-8'],
        });
      } finally {
        await rm(stage, { recursive: true, force: true });
      }
    },
    close: () => container.remove({ force: true }).catch(() => {}),
  };
}
