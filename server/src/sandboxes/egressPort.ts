import type { Ownership } from './lifecycle/ownership.ts';

/** What sandboxes need of whoever says what they may reach. */
export type SandboxEgress = {
  /** Tells the egress proxy what this sandbox may reach from now on; one of which it was told nothing reaches nothing. */
  admit(record: Ownership): Promise<void>;
  /** The authority (PEM) that a sandbox has to trust, where the proxy opens TLS for it; null where it opens none. */
  authorityFor(record: Pick<Ownership, 'sandboxId' | 'orgId' | 'repoId'>): Promise<string | null>;
};

/** Where nothing is said every sandbox reaches what is public. */
export const unruled: SandboxEgress = { admit: async () => {}, authorityFor: async () => null };
