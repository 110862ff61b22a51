import { z } from 'zod';
import type { DiskAbout, DiskUsage, NamedDisk } from '../driver.ts';
import { type Failure, failure, type Result } from '../result.ts';
import { type DiskHelperOptions, diskHelper } from './diskHelper.ts';

export type DisksOptions = DiskHelperOptions & { log: (text: string) => void };

export type DiskAge = { id: string; ageMs: number };
/** `mounts`: disks of a fixed size can be mounted; `shares`: copies share their blocks. */
export type DiskSupport = { mounts: boolean; shares: boolean };

/** Sparse files with ext4 inside, as device nodes on the engine's host, by way of a container of ours. */
export interface Disks {
  /** Found out once. */
  support(): Promise<DiskSupport>;
  make(id: string, bytes: number): Promise<Result>;
  /** A disk that begins as a copy of a named one, of at least so many bytes. */
  copy(name: string, id: string, bytes: number): Promise<Result<{ about: DiskAbout }>>;
  /** Idempotent. */
  drop(id: string): Promise<void>;
  /** Those of sandboxes. */
  list(): Promise<DiskAge[]>;
  /** Copies the disk of a running sandbox under a name. */
  keep(id: string, name: string, about: DiskAbout): Promise<Result<{ bytes: number }>>;
  /** Gives a disk a name that outlives `drop`. */
  link(id: string, name: string, about: DiskAbout): Promise<Result<{ bytes: number }>>;
  /** Idempotent. */
  forget(name: string): Promise<void>;
  named(): Promise<NamedDisk[]>;
  usage(): Promise<DiskUsage>;
  /** Removes what copies left that did not come to their end. */
  tidy(): Promise<void>;
  close(): void;
}

const probeBytes = 16 * 1024 * 1024;
const blockBytes = 512;
/** No copy takes longer. */
const unfinishedMinutes = 60;

export function disks({ log, ...options }: DisksOptions): Disks {
  const helper = diskHelper(options);
  const { ask } = helper;
  let support: Promise<DiskSupport> | undefined;

  const probe = async (): Promise<DiskSupport> => {
    const opened = await helper.mode();
    const id = `probe-${process.pid}-${Date.now()}`;
    const made = opened.ok ? await ask('make', id, String(probeBytes)) : { code: 1, said: opened.message };
    if (opened.ok) await ask('drop', id);
    const mounts = made.code === 0;
    const shares = mounts && opened.ok && opened.mode === 'reflink';
    if (!mounts) log(noMounts(made.said));
    else if (!shares) log(noShares);
    return { mounts, shares };
  };
  const must = async (...words: string[]): Promise<string> => {
    const { code, said } = await ask(...words);
    if (code !== 0) throw new Error(`disks: ${words.slice(0, 2).join(' ')}: ${said.trim()}`);
    return said;
  };
  const lines = async (...words: string[]) => (await must(...words)).split('\n').filter(Boolean);
  const save = async (
    operation: 'keep' | 'link',
    { id, name }: { id: string; name: string },
    about: DiskAbout,
  ): Promise<Result<{ bytes: number }>> => {
    const text = Buffer.from(JSON.stringify(about)).toString('base64');
    const { code, said } = await ask(operation, id, name, text);
    if (code !== 0) return diskFailure(code, said);
    const [blocks = 0, bytes = 0] = said.trim().split(' ').map(Number);
    return { ok: true, bytes: blocks * bytes };
  };

  return {
    support: () => {
      support ??= probe();
      support.catch(() => {
        support = undefined;
      });
      return support;
    },
    make: async (id, bytes) => {
      const { code, said } = await ask('make', id, String(bytes));
      return code === 0 ? { ok: true } : diskFailure(code, said);
    },
    copy: async (name, id, bytes) => {
      const { code, said } = await ask('copy', name, id, String(bytes));
      return code === 0 ? { ok: true, about: readAbout(said) } : diskFailure(code, said);
    },
    drop: async id => void (await must('drop', id)),
    list: async () =>
      (await lines('list')).map(line => {
        const [id = '', seconds] = line.split(' ');
        return { id, ageMs: Number(seconds) * 1000 };
      }),
    keep: (id, name, about) => save('keep', { id, name }, about),
    link: (id, name, about) => save('link', { id, name }, about),
    forget: async name => void (await must('forget', name)),
    named: async () =>
      (await lines('named')).map(line => {
        const [name = '', seconds, , blocks, about = ''] = line.split(' ');
        return {
          name,
          createdAtMs: Date.now() - Number(seconds) * 1000,
          bytes: Number(blocks) * blockBytes,
          ...readAbout(Buffer.from(about, 'base64').toString()),
        };
      }),
    usage: async () => {
      const [, usedBytes = 0, storeFree = 0, hostFree = 0] = (await must('usage')).split(' ').map(Number);
      const free = Math.min(storeFree, hostFree);
      const budgetBytes = options.budgetBytes || usedBytes + free;
      return { usedBytes, budgetBytes, freeBytes: Math.max(0, Math.min(free, budgetBytes - usedBytes)) };
    },
    tidy: async () => void (await must('tidy', String(unfinishedMinutes))),
    close: helper.close,
  };
}

const About = z.object({
  kind: z.enum(['image', 'snapshot']).catch('snapshot'),
  labels: z.record(z.string(), z.string()).catch({}),
});

/** What cannot be read was lost, and the disk beside it is good all the same. */
function readAbout(text: string): DiskAbout {
  try {
    return About.parse(JSON.parse(text));
  } catch {
    return { kind: 'snapshot', labels: {} };
  }
}

const notFoundCode = 44;

function diskFailure(code: number, words: string): Failure {
  if (/no space left.*budget/i.test(words))
    return failure('disk_full', 'The budget for disks is used up; remove snapshots or raise the budget.');
  if (/no space left/i.test(words))
    return failure('disk_full', "The engine's disk is full; free some with: docker system prune");
  if (code === notFoundCode) return failure('not_found', `The ${words.trim()}.`);
  return failure('internal', `A sandbox's disk could not be made: ${words.trim()}`);
}

const noMounts = (why: string) =>
  `This engine cannot mount disks of a fixed size (${why.trim()}): sandboxes get plain volumes, without a disk limit and without snapshots.`;
const noShares =
  'The kernel of this engine has neither a disk that shares blocks nor xfs: snapshots and starts from them copy all that is in a disk.';
