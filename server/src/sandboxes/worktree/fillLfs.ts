import { PassThrough, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import tar from 'tar-stream';
import { timeLimit } from '../../platform/timeLimit.ts';
import { lfsLimits } from '../../repos/lfs/limits.ts';
import { objectPath, type Pointer } from '../../repos/lfs/pointer.ts';
import type { Mirror } from '../../repos/mirror.ts';
import type { Hands } from '../hands.ts';
import { inPack, runScript } from './script.ts';

/** For all of a commit; what did not come by then stays pointers. */
const patienceMs = lfsLimits.transferMs;

/**
 * Makes files of a commit whole that Git LFS keeps, with content that the server has from the remote. What cannot be had
 * stays a pointer: the mirror knows of which and why, and nothing fails for it.
 */
export async function fillLfs(hands: Hands, mirror: Mirror, commit: string): Promise<void> {
  if (!(await mirror.facts(commit)).lfs) return;
  const files = await mirror.lfs.filesAt(commit);
  if (files.length === 0) return;
  const stdin = files.map(({ oid, bytes }) => `${oid} ${bytes}\n`).join('');
  const asked = await runScript(hands, 'lacks-lfs', [], stdin);
  if (!asked.ok) return;
  const lacking = new Set(asked.stdout.split('\n').map(line => line.split(' ')[0]));
  const wanted = files.filter(({ oid }) => lacking.has(oid));
  using limit = timeLimit(patienceMs);
  await mirror.lfs.fetch(commit, wanted, limit.signal).catch(() => {});
  const here: Pointer[] = [];
  const sent = new Set<string>();
  for (const pointer of wanted)
    if (!sent.has(pointer.oid) && (await mirror.lfs.has(pointer))) {
      here.push(pointer);
      sent.add(pointer.oid);
    }
  const whole = files.filter(({ oid }) => !lacking.has(oid) || sent.has(oid));
  if (here.length > 0) {
    const put = await hands.put(
      inPack,
      archiveOf(here, pointer => mirror.lfs.read(pointer)),
    );
    if (!put.ok) return;
  }
  const names = whole.map(({ blob, path }) => `${blob}\t${path}\0`).join('');
  await runScript(hands, 'take-lfs', [here.length > 0 ? inPack : ''], names);
}

/** As a tar archive of what lies under `lfs/objects`. */
function archiveOf(pointers: readonly Pointer[], read: (pointer: Pointer) => Readable): Readable {
  const pack = tar.pack();
  const out = new PassThrough();
  const fill = async () => {
    for (const pointer of pointers) {
      const name = objectPath(pointer).slice('lfs/objects/'.length);
      await pipeline(read(pointer), pack.entry({ name, size: pointer.bytes, mode: 0o644 }));
    }
    pack.finalize();
  };
  fill().catch(error => pack.destroy(error as Error));
  pipeline(pack, out).catch(() => {});
  return out;
}
