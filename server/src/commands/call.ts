import type { Identity } from '../identity/identity.ts';

/** Somebody calls a command through a door. */
export type Call = {
  who: Identity;
  connectionId: string | null;
  door: 'http' | 'socket';
  /** Where it comes from, as far as known. */
  from?: { address?: string | undefined; token?: string | undefined };
};
