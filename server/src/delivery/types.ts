import type { Outcome, Result } from '@deckhand/shared';
import type { Changes } from '../changes/followChanges.ts';
import type { SignatureOf } from '../identity/signatures.ts';
import type { Blobs } from '../platform/blobs.ts';
import type { Repos } from '../repos/repos.ts';
import type { TurnWriter } from '../sessions/run/turnWriter.ts';
import type { Run } from '../sessions/store/meta.ts';
import type { Store } from '../sessions/store/store.ts';
import type { ChangedFiles } from './changedFiles.ts';
import type { SecretScanner } from './guard/secretScanner.ts';
import type { PushRules } from './pushGuard.ts';
import type { Signing } from './signing.ts';

export type DeliverDeps = {
  store: Store;
  writer: TurnWriter;
  repos: Repos;
  blobs: Blobs;
  changes: Changes;
  signatureOf: SignatureOf;
  rules: PushRules;
  scanner: SecretScanner;
  /** Null: commits are not signed. */
  signing: Signing | null;
};

export type Delivery = { run: Run; outcome: Outcome; title: string; files: ChangedFiles };

/** `refusal`: the work is kept, and may not leave as it is; for the agent to mend. */
export type Delivered = Result<{ refusal?: string }>;
