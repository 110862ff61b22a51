import type { Duplex } from 'node:stream';
import { z } from 'zod';
import type { Result } from './result.ts';

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

export type SandboxSpec = {
  id: SandboxId;
  labels: SandboxLabels;
  limits: SandboxLimits;
  /** A prebuilt environment; the base image where absent. */
  image?: string;
  /** Seen by every tool. Never a credential of Deckhand or its users. */
  env?: Record<string, string>;
};

export type SandboxState = 'running' | 'stopped' | 'gone' | 'engine_down';

export type SandboxSummary = {
  id: SandboxId;
  labels: SandboxLabels;
  /** Epoch milliseconds. */
  createdAtMs: number;
  state: 'running' | 'stopped';
};

export type DriverCapabilities = {
  /** False: the engine cannot mount loop devices, and `diskBytes` is not held. */
  diskLimit: boolean;
};

/**
 * Where sandboxes run. A sandbox is started once: one that stopped is lost, for its journal lived in its memory.
 * Nothing above this may assume a local path, a local socket or `docker commit`.
 */
export interface SandboxDriver {
  /** Makes ready what all sandboxes share, so that the first `create` need not. Idempotent; makes again what is gone. */
  prepare(): Promise<Result>;
  /** Created and started; `hands` answers some 100 ms later. A half-made one is removed before a failure returns. */
  create(spec: SandboxSpec): Promise<Result<{ from: 'base' | 'image' }>>;
  /** One bridge: a stream of protocol bytes to `hands`. Ends when either side does. */
  connect(id: SandboxId): Promise<Result<{ stream: Duplex }>>;
  inspect(id: SandboxId): Promise<SandboxState>;
  /** Idempotent: container, disk and everything that belongs to them. Throws only where the engine does not answer. */
  remove(id: SandboxId): Promise<void>;
  list(): Promise<SandboxSummary[]>;
  /** Removes what nobody owns and is older: containers, volumes, disks. Answers the ids removed. */
  reconcile(ownedIds: ReadonlySet<string>, olderThanMs: number): Promise<string[]>;
  capabilities(): Promise<DriverCapabilities>;
  /** Gives back what this driver keeps ahead. Sandboxes live on. */
  close(): Promise<void>;
}
