import type { Author, Outcome, Result, Risk } from '@deckhand/shared';
import type { Changes } from '../changes/followChanges.ts';
import type { OwnSignature, SignatureOf } from '../identity/signatures.ts';
import type { Blobs } from '../platform/blobs.ts';
import type { AuditRecorder } from '../policy/audit/recorder.ts';
import type { Repos } from '../repos/repos.ts';
import type { Hands } from '../sandboxes/hands.ts';
import type { TurnWriter } from '../sessions/run/turnWriter.ts';
import type { Run } from '../sessions/store/meta.ts';
import type { Store } from '../sessions/store/store.ts';
import type { ChangedFiles } from './changedFiles.ts';
import type { SecretScanner } from './guard/secretScanner.ts';
import type { PushRules } from './pushGuard.ts';
import type { Signing } from './signing.ts';

export type DeliveryDeps = {
  store: Store;
  repos: Repos;
  blobs: Blobs;
  changes: Changes;
  signatureOf: SignatureOf;
  ownSignature: OwnSignature;
  rules: PushRules;
  scanner: SecretScanner;
  /** Knows of a push before there is one. */
  audit: Pick<AuditRecorder, 'begin'>;
  /** Null: commits are not signed. */
  signing: Signing | null;
};

/** How a turn is held: what ends the waiting for the outside, and whether it is still ours. */
export type Hold = {
  /** This worker must let go: nothing more is done, another goes on. */
  abandon: AbortSignal;
  /** Somebody stopped the turn, or its time is over: what it did is kept, and does not leave. */
  interrupt: AbortSignal;
  /** Before something outside is done. Rejects where the turn is another worker's now. */
  renew: () => Promise<void>;
};

/** Whether the work may leave, by policy. Rejects where somebody must say so first. */
export type MayPush = (push: {
  branch: string;
  head: string;
  /** Its change is opened by it. */
  opens: boolean;
}) => Promise<{ ok: true; risk: Risk | undefined } | { ok: false; why: string }>;

/** What one turn's delivery works with. `halt`: one of the signals of its hold. */
export type DeliverDeps = DeliveryDeps & {
  writer: TurnWriter;
  hold: Hold;
  halt: AbortSignal;
  files: ChangedFiles;
  mayPush: MayPush;
};

/** A person's change of one file. */
export type FileEdit = {
  by: Author;
  path: string;
  /** What git calls the file as it is now, and what it is to be. */
  id: string;
  content: string;
  message: string;
};

export type Work = { run: Run; outcome: Outcome };

/**
 * `refusal`: the work is kept, and may not leave as it is; for the agent to mend. `halted`: the turn was cut short
 * before it was pushed; it is kept. `withheld`: policy keeps it here; it is kept.
 */
export type Delivered = Result<{ refusal?: string; halted?: true; withheld?: string }>;

/**
 * The way of one turn's work out of its sandbox, and of others' work in. Each part can be done again after a crash.
 * Rejects with the reason of `abandon`, and where the turn is another worker's.
 */
export interface Delivery {
  /** What others did to the session's branch, brought into its sandbox before anything is written there. */
  takeIn(hands: Hands, run: Run): Promise<Result>;
  /**
   * Commits (where the turn ended well), saves the whole work tree, judges, pushes, opens or updates the change. Cut
   * short it still saves.
   */
  deliver(hands: Hands, work: Work): Promise<Delivered>;
  /** Commits and keeps what there is as a change on which others are to stand: the `place`th from below. */
  cut(hands: Hands, work: { run: Run; change: string; place: number }): Promise<Result>;
  /** Commits a person's change of one file outside of any turn, and keeps it. */
  edit(hands: Hands, edit: FileEdit): Promise<Result>;
  /** Makes sure that the mirror has a session's saved work. */
  restore(saved: { sessionId: string; repoId: string; sha: string }): Promise<Result>;
  /** Looks behind the turn's back which files differ from the base. */
  lookAtFiles(hands: Hands): void;
}

export type OpenDelivery = (
  writer: TurnWriter,
  turn: { turnId: string; hold: Hold; mayPush: MayPush },
) => Delivery;
