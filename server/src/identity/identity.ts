import type { Actor, Author } from '@deckhand/shared';

export type Scope = 'read' | 'write' | 'act' | 'admin';

/** An account on GitHub. */
export type GithubAccount = { id: number; login: string; name: string; avatarUrl: string | null };

/** Who a connection belongs to. Comes from its credentials, never from a payload. */
export type Identity = {
  userId: string;
  name: string;
  orgId: string;
  scopes: Scope[];
  /** The service token that speaks, where one does. */
  via?: string;
  /** Whom they signed in as; what they may see is asked of GitHub. */
  github?: GithubAccount;
};

export const may = (identity: Identity, scope: Scope) =>
  identity.scopes.includes(scope) || identity.scopes.includes('admin');

/** The author of what this identity does by itself. */
export function authorOf({ userId, name, via }: Identity): { author: Author; actor: Actor } {
  const author: Author = { userId, name };
  return { author, actor: { kind: 'user', ...author, ...(via ? { via } : {}) } };
}
