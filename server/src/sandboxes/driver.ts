import type { Duplex, Readable } from 'node:stream';
import type { CountedDecision, SandboxRules } from '@deckhand/sandbox/egress/protocol';
import type { Result } from '@deckhand/shared';
import { z } from 'zod';

export const SandboxId = z.string().regex(/^sbx_[A-Za-z0-9_-]{4,60}$/);
export type SandboxId = z.infer<typeof SandboxId>;

/** What a sandbox is for, kept on the engine so that a server that was down can find its own again. */
export const SandboxLabels = z.object({
  orgId: z.string(),
  repoId: z.string(),
  /** Who the ownership record says holds it: pool, warmup, build or session. Informative here, never authoritative. */
  owner: z.string(),
  sessionId: z.string().optional(),
});
export type SandboxLabels = z.infer<typeof SandboxLabels>;

export type SandboxLimits = {
  memoryBytes: number;
  /** Cores, fractions allowed. */
  cpus: number;
  pids: number;
  /** Size of the file system at /work; see `capabilities.diskLimit`. */
  diskBytes: number;
};

/** Names a disk that lives on without a sandbox. */
export const DiskName = z.string().regex(/^[A-Za-z0-9_-][A-Za-z0-9._-]{0,119}$/);
export type DiskName = z.infer<typeof DiskName>;

/** What is said of a named disk (repository, commit, fingerprint, session, turn); kept beside it, on the engine. */
export type DiskAbout = {
  /** `image`: a prebuilt environment of a repository; `snapshot`: a saved sandbox of a session. */
  kind: 'image' | 'snapshot';
  labels: Record<string, string>;
};

export type NamedDisk = DiskAbout & {
  name: DiskName;
  /** Epoch milliseconds. */
  createdAtMs: number;
  /** What it holds, also where it shares that with other disks: the sum over all disks may exceed what is used. */
  bytes: number;
};

export type DiskUsage = {
  /** Of all disks of the deployment, running sandboxes' too; what is shared counts once. */
  usedBytes: number;
  /** Until the budget or the engine's own disk ends. */
  freeBytes: number;
  budgetBytes: number;
};

export type MemoryUsage = { usedBytes: number; totalBytes: number };

/** `args`: values of its ARGs; `target`: the stage that is the last; `packages`: Debian's, installed at its end. */
export type FromDockerfile = {
  dockerfile: string;
  context: Readable;
  args?: Record<string, string> | undefined;
  target?: string | undefined;
  packages?: readonly string[] | undefined;
};

/** A root file system that is not the base image: a repository's own, with our runtime in it. */
export type RootSpec = {
  repoId: string;
  /** Of everything that it is made from, hexadecimal; one that was made before is taken as it is. */
  fingerprint: string;
  /** An image of a registry, or a Dockerfile (a path in `context`, a tar); its build argument DECKHAND_BASE is our base image. */
  from: { image: string } | FromDockerfile;
  timeoutMs: number;
  signal?: AbortSignal;
};

export type RootImage = {
  /** For `SandboxSpec.image`. */
  image: string;
  repoId: string;
  fingerprint: string;
  /** Epoch milliseconds; when it was last asked for. */
  usedAtMs: number;
  /** With what it shares with other images. */
  bytes: number;
};

export type SandboxSpec = {
  id: SandboxId;
  labels: SandboxLabels;
  limits: SandboxLimits;
  /** Its root file system, made by `buildRoot`; the base image where absent. `not_found` where it is gone. */
  image?: string;
  /**
   * The disk at /work begins as a copy of this one; empty where absent. `not_found` where there is none. `isLast`: nobody
   * else begins from it, so where a copy costs time it may be that disk itself; its name stays until `removeDisk`.
   */
  disk?: { from: DiskName; isLast?: boolean };
  /** Seen by every tool. Never a credential of Deckhand or its users. */
  env?: Record<string, string>;
};

export type SandboxState = 'running' | 'paused' | 'stopped' | 'gone' | 'engine_down';

export type SandboxSummary = {
  id: SandboxId;
  labels: SandboxLabels;
  /** Epoch milliseconds. */
  createdAtMs: number;
  state: 'running' | 'stopped';
};

/** How many of each were taken off an engine, and what could not be, with why. */
export type TakenDown = {
  sandboxes: number;
  containers: number;
  /** With a name, or left by sandboxes that were gone. */
  disks: number;
  volumes: number;
  networks: number;
  images: number;
  left: string[];
};

export type DriverCapabilities = {
  /** False: the engine cannot mount loop devices, disks are folders, and `diskBytes` is not held. */
  diskLimit: boolean;
  /** False: copies of disks cost their size, in time and space: their file systems cannot share blocks, or they are folders. */
  instantCopies: boolean;
};

/** Who says what sandboxes may reach, and hears what they tried. */
export type EgressListener = {
  /** By which the proxy opens TLS. */
  authority: () => Promise<{ certificate: string; key: string }>;
  /** The proxy was reached; it may know nothing of what was said before. */
  onOpen: () => void;
  /** Rejects where they cannot be written down: they are told again, under the same id. */
  onDecisions: (decisions: readonly CountedDecision[], batchId: string) => Promise<void>;
  /** A build of this repository's root file system is about to use the network under that name. */
  onBuild: (id: string, repoId: string) => Promise<void>;
  onError: (error: unknown) => void;
};

/** To the egress proxy, which fails closed: a sandbox of which it was told nothing reaches nothing. */
export type EgressLink = {
  isOpen(): boolean;
  /** Resolves once the proxy goes by them. Of two for the same sandbox the higher revision counts. */
  give(rules: SandboxRules): Promise<Result>;
  forget(sandboxId: string): void;
  /** All others that were given before `revision` are of sandboxes that are gone. */
  keepOnly(sandboxIds: Iterable<string>, revision: number): void;
  close(): void;
};

/**
 * Where sandboxes run. A sandbox is started once: one that stopped is lost, for its journal lived in its memory.
 * Nothing above this may assume a local path, a local socket or `docker commit`.
 */
export interface SandboxDriver {
  /** Makes ready what all sandboxes share, so that the first `create` need not. Idempotent; makes again what is gone. */
  prepare(): Promise<Result>;
  /** Says what sandboxes may reach from now on, where the driver was made to be told. One at a time. */
  openEgress(listener: EgressListener): EgressLink;
  /** Created and started; `hands` answers some 100 ms later. A half-made one is removed before a failure returns. */
  create(spec: SandboxSpec): Promise<Result<{ from: 'base' | 'image' | 'snapshot' }>>;
  /** One bridge: a stream of protocol bytes to `hands`. Ends when either side does. */
  connect(id: SandboxId): Promise<Result<{ stream: Duplex }>>;
  inspect(id: SandboxId): Promise<SandboxState>;
  /** Freezes its processes; memory stays. Nothing answers until `unpause`. Both idempotent. */
  pause(id: SandboxId): Promise<Result>;
  unpause(id: SandboxId): Promise<Result>;
  /** What the sandboxes of the deployment hold of the engine's memory, without what it would give back. */
  memoryUsage(): Promise<MemoryUsage>;
  /** Idempotent: container, disk and everything that belongs to them. Throws only where the engine does not answer. */
  remove(id: SandboxId): Promise<void>;
  list(): Promise<SandboxSummary[]>;
  /**
   * The disk of a running sandbox, as of one moment, under a name; its processes go on (where `diskLimit` is false they
   * wait for the copy). Whole as after a power cut at
   * that moment: everything written before the call is in it, and nothing of /tmp or /run. A disk that had the name
   * stays good until the new one is whole, also where this fails (`disk_full`).
   */
  snapshot(id: SandboxId, name: DiskName, about?: Partial<DiskAbout>): Promise<Result<{ bytes: number }>>;
  /** Ends a sandbox and keeps its disk under a name, without a copy. May be repeated after a failure. */
  sleep(id: SandboxId, name: DiskName, about?: Partial<DiskAbout>): Promise<Result<{ bytes: number }>>;
  /** Idempotent. Sandboxes that began from it are not touched. Throws only where the engine does not answer. */
  removeDisk(name: DiskName): Promise<void>;
  listDisks(): Promise<NamedDisk[]>;
  diskUsage(): Promise<DiskUsage>;
  /** What sandboxes without an `image` start from; its tag names everything that it is made from. */
  baseImage(): Promise<Result<{ tag: string }>>;
  /**
   * Makes a root file system, or finds it made. What it prints goes to `onLog`, as it comes. A Dockerfile that fails or
   * an image that cannot be had is `bad_request`. Once it answers nothing of the build runs any more.
   */
  buildRoot(spec: RootSpec, onLog: (text: string) => void): Promise<Result<{ image: string }>>;
  listRoots(): Promise<RootImage[]>;
  /** Idempotent. False: a sandbox still runs from it, and it stays. */
  removeRoot(image: string): Promise<boolean>;
  /**
   * Removes what nobody owns and is older: containers, volumes, disks. Answers the ids removed. Given the names still
   * wanted, it removes the other named disks too (and answers their names); else it leaves all of them. Likewise images
   * of root file systems.
   */
  reconcile(
    ownedIds: ReadonlySet<string>,
    olderThanMs: number,
    wantedDisks?: ReadonlySet<string>,
    wantedRoots?: ReadonlySet<string>,
  ): Promise<string[]>;
  capabilities(): Promise<DriverCapabilities>;
  /** Removes everything of the deployment, whoever owns it; `images`: also root file systems and what their builds left. */
  takeDown(options: { images: boolean }): Promise<TakenDown>;
  /** Gives back what this driver keeps ahead. Sandboxes live on. */
  close(): Promise<void>;
}
