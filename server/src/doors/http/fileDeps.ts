import type { AttachmentStore } from '../../commands/attachments.ts';
import type { Sight } from '../../commands/visible.ts';
import type { Blobs } from '../../platform/blobs.ts';
import type { Store } from '../../sessions/store/store.ts';
import type { SignedInDeps } from './signedIn.ts';

/** What those need that take files in or give them out. */
export type FileDeps = SignedInDeps & {
  store: Store;
  blobs: Blobs;
  attachments: AttachmentStore;
  sight: Sight;
};
