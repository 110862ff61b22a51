import type { DiskAnswer, StoreMode } from './protocol.ts';
import type { About } from './shelf.ts';

/** Where the disks of a deployment lie. Every operation may be repeated, or fails where it had been done. */
export interface DiskStore {
  readonly mode: StoreMode;
  /** Disks of the other kind lie in the volume, which this store does not show. */
  readonly hasImages?: boolean;
  make(id: string, bytes: number): Promise<void>;
  copy(request: {
    name: string;
    id: string;
    bytes: number;
    isLast?: boolean | undefined;
  }): Promise<DiskAnswer<'copy'>>;
  drop(id: string): Promise<void>;
  list(): Promise<DiskAnswer<'list'>>;
  keep(id: string, name: string, about: About): Promise<DiskAnswer<'keep'>>;
  link(id: string, name: string, about: About): Promise<DiskAnswer<'link'>>;
  forget(name: string): Promise<void>;
  named(): Promise<DiskAnswer<'named'>>;
  usage(): Promise<DiskAnswer<'usage'>>;
  tidy(olderThanMs: number): Promise<void>;
}
