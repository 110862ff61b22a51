import type { Actor, Author, OnBehalfOf } from '@deckhand/shared';

export type Scope = 'read' | 'write' | 'act' | 'admin';

/** Who a connection belongs to. Comes from its credentials, never from a payload. */
export type Identity = {
  userId: string;
  name: string;
  orgId: string;
  scopes: Scope[];
  /** The service token that speaks, where one does. */
  via?: string;
};

export const may = (identity: Identity, scope: Scope) =>
  identity.scopes.includes(scope) || identity.scopes.includes('admin');

/** The author of what this identity does; for somebody else only with the `act` scope (the caller checks). */
export function authorOf(identity: Identity, onBehalfOf?: OnBehalfOf): { author: Author; actor: Actor } {
  const author: Author = onBehalfOf
    ? { userId: `${onBehalfOf.provider}:${onBehalfOf.id}`, name: onBehalfOf.name }
    : { userId: identity.userId, name: identity.name };
  return { author, actor: { kind: 'user', ...author, ...(identity.via ? { via: identity.via } : {}) } };
}
