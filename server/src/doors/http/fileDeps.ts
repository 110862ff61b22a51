import type { AttachmentStore } from '../../commands/attachments.ts';
import type { Sight } from '../../commands/visible.ts';
import type { Tokens } from '../../identity/tokens.ts';
import type { Blobs } from '../../platform/blobs.ts';
import type { Store } from '../../sessions/store/store.ts';

/** What those need that take files in or give them out. */
export type FileDeps = {
  store: Store;
  blobs: Blobs;
  attachments: AttachmentStore;
  tokens: Tokens;
  sight: Sight;
};
