import type { DiskOp, RequestOf } from '@deckhand/sandbox/disks';
import { type Failure, failure, type Result } from '@deckhand/shared';
import { z } from 'zod';
import type { DiskAbout, DiskUsage, NamedDisk } from '../../driver.ts';
import { isEngineDown } from '../errors.ts';
import { type DiskHelper, type DiskHelperOptions, type DiskKind, diskHelper } from './diskHelper.ts';
import type { Refusal } from './diskRequests.ts';

export type DisksOptions = DiskHelperOptions & {
  /** Undefined: file systems where the engine can mount them, else folders. */
  kind: DiskKind | undefined;
  log: (text: string) => void;
};

export type DiskAge = { id: string; ageMs: number };
/** `shares`: copies share their blocks, so they cost neither time nor space. */
export type DiskSupport = { kind: DiskKind; shares: boolean };

/** The disks of a deployment, by way of a container of ours on the engine. */
export interface Disks {
  /** Found out once. */
  support(): Promise<DiskSupport>;
  make(id: string, bytes: number): Promise<Result>;
  /** A disk that begins as a copy of a named one, of at least so many bytes; see `SandboxSpec.disk`. */
  copy(
    name: string,
    id: string,
    wanted: { bytes: number; isLast?: boolean | undefined },
  ): Promise<Result<{ about: DiskAbout }>>;
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
/** No copy takes longer. */
const unfinishedMs = 60 * 60_000;

export function disks({ log, kind, ...options }: DisksOptions): Disks {
  const helpers = new Map<DiskKind, DiskHelper>();
  const helperOf = (which: DiskKind): DiskHelper => {
    const helper = helpers.get(which) ?? diskHelper(options, which);
    helpers.set(which, helper);
    return helper;
  };
  let support: Promise<DiskSupport> | undefined;

  /** `instead`: why disks of a fixed size, which there may be already, cannot be had. */
  const openFolders = async (instead?: string): Promise<DiskSupport> => {
    const opened = await helperOf('folders').mode();
    if (!opened.ok) throw new Error(opened.message);
    // Taken for lost, what sleeps on them would begin anew without its files.
    if (instead !== undefined && opened.hasImages) throw new Error(noMountsAnyMore(instead));
    return { kind: 'folders', shares: false };
  };
  /** Why a disk of a fixed size cannot be mounted here; null where it can. */
  const whyNoImages = async (helper: DiskHelper): Promise<string | null> => {
    try {
      const opened = await helper.mode();
      if (!opened.ok) return opened.message;
      const id = `probe-${process.pid}-${Date.now()}`;
      const made = await helper.ask({ op: 'make', id, bytes: probeBytes });
      await helper.ask({ op: 'drop', id });
      // What is full says nothing of what it can do, and its disks must be found again.
      const isFull = !made.ok && (made.code === 'no_space' || made.code === 'no_budget');
      return made.ok || isFull ? null : made.message;
    } catch (error) {
      // An engine that refuses the helper itself (its devices, its rights) says so here.
      if (isEngineDown(error)) throw error;
      return Error.isError(error) ? error.message : String(error);
    }
  };
  const probe = async (): Promise<DiskSupport> => {
    if (kind === 'folders') return openFolders();
    const helper = helperOf('images');
    // What a moment was to blame for must not decide what all disks are from now on.
    const why = (await whyNoImages(helper)) && (await whyNoImages(helper));
    if (why !== null) {
      if (kind === 'images')
        throw new Error(`this engine cannot mount disks of a fixed size (${why.trim()})`);
      helper.close();
      const support = await openFolders(why);
      log(noMounts(why));
      return support;
    }
    const opened = await helper.mode();
    const shares = opened.ok && opened.mode === 'reflink';
    if (!shares) log(noShares);
    return { kind: 'images', shares };
  };
  const supported = () => {
    support ??= probe();
    support.catch(() => {
      support = undefined;
    });
    return support;
  };
  const ask = async <O extends DiskOp>(request: RequestOf<O>) =>
    helperOf((await supported()).kind).ask<O>(request);
  const must = async <O extends DiskOp>(request: RequestOf<O>) => {
    const done = await ask<O>(request);
    if (done.ok) return done.answer;
    throw new Error(`disks: ${request.op}: ${done.message.trim()}`);
  };

  return {
    support: supported,
    make: async (id, bytes) => {
      const made = await ask<'make'>({ op: 'make', id, bytes });
      return made.ok ? { ok: true } : diskFailure(made);
    },
    copy: async (name, id, wanted) => {
      const copied = await ask<'copy'>({ op: 'copy', name, id, ...wanted });
      return copied.ok ? { ok: true, about: aboutOf(copied.answer.about) } : diskFailure(copied);
    },
    drop: async id => void (await must<'drop'>({ op: 'drop', id })),
    list: async () => (await must<'list'>({ op: 'list' })).disks,
    keep: async (id, name, about) => {
      const kept = await ask<'keep'>({ op: 'keep', id, name, about });
      return kept.ok ? { ok: true, bytes: kept.answer.bytes } : diskFailure(kept);
    },
    link: async (id, name, about) => {
      const linked = await ask<'link'>({ op: 'link', id, name, about });
      return linked.ok ? { ok: true, bytes: linked.answer.bytes } : diskFailure(linked);
    },
    forget: async name => void (await must<'forget'>({ op: 'forget', name })),
    named: async () =>
      (await must<'named'>({ op: 'named' })).disks.map(({ name, ageMs, bytes, about }) => ({
        name,
        createdAtMs: Date.now() - ageMs,
        bytes,
        ...aboutOf(about),
      })),
    usage: async () => {
      const { usedBytes, storeFreeBytes, hostFreeBytes } = await must<'usage'>({ op: 'usage' });
      const free = Math.min(storeFreeBytes, hostFreeBytes);
      const budgetBytes = options.budgetBytes || usedBytes + free;
      return { usedBytes, budgetBytes, freeBytes: Math.max(0, Math.min(free, budgetBytes - usedBytes)) };
    },
    tidy: async () => void (await must<'tidy'>({ op: 'tidy', olderThanMs: unfinishedMs })),
    close: () => {
      for (const helper of helpers.values()) helper.close();
    },
  };
}

const About = z.object({
  kind: z.enum(['image', 'snapshot']).catch('snapshot'),
  labels: z.record(z.string(), z.string()).catch({}),
});

/** What cannot be read was lost, and the disk beside it is good all the same. */
const aboutOf = (about: object): DiskAbout => About.parse(about);

function diskFailure({ code, message }: Refusal): Failure {
  if (code === 'no_budget')
    return failure('disk_full', 'The budget for disks is used up; remove snapshots or raise the budget.');
  if (code === 'no_space')
    return failure('disk_full', "The engine's disk is full; free some with: docker system prune");
  if (code === 'not_found') return failure('not_found', `The ${message.trim()}.`);
  return failure('internal', `A sandbox's disk could not be made: ${message.trim()}`);
}

const noMounts = (why: string) =>
  `This engine cannot mount disks of a fixed size (${why.trim()}): the disks of sandboxes are folders, without a limit of their own, and copies of them take time.`;
const noMountsAnyMore = (why: string) =>
  `This engine mounted disks of a fixed size before, and now it cannot (${why.trim()}). Mend that and start again; or set DECKHAND_DISKS=volume, and sessions that sleep on those disks go on from their saved work.`;
const noShares =
  'The kernel of this engine has neither a disk that shares blocks nor xfs: snapshots and starts from them copy all that is in a disk.';
