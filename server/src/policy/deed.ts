import type { Level, Risk, Scope } from '@deckhand/shared';

/** One thing that a call needs; `value` null where it is known only once it runs. */
export type Need = { scope: Scope; level: Level; value: string | null };

/** A call as policy sees it: what exactly it would do, what that needs, and how much it may break. */
export type Deed = {
  tool: string;
  /** The command, path or host, as it stands in the call. */
  action: string;
  /** Whoever approves it may change the action. */
  edits: boolean;
  /** The first is the call's own; a yes that reaches further gives a grant for each. */
  needs: readonly Need[];
  /** Null: it only reads. */
  risk: Risk | null;
};
