import { type Actor, type Author, failure, type OnBehalfOf, type Result, type Role } from '@deckhand/shared';
import { authorOf, type Identity, may } from './identity.ts';
import { roleOf } from './roles.ts';
import { identityOf, type Users } from './users.ts';

/** Who did it, and whose rights count for it. */
export type Acting = {
  author: Author;
  actor: Actor;
  whose: Identity;
  /** What they are here; of somebody whom only a token vouches for, never more than a member. */
  role: Role;
};
export type Act = (who: Identity, onBehalfOf?: OnBehalfOf) => Promise<Result<Acting>>;

/** Whose eyes count for what is read. */
export type Look = (who: Identity, onBehalfOf?: OnBehalfOf) => Promise<Result<{ reader: Identity }>>;

/**
 * Who reads: they themselves, or whom a token reads for. Whoever linked no account of ours sees what everybody may see,
 * and never what the token itself may.
 */
export function lookingWith(users: Users): Look {
  return async (who, onBehalfOf) => {
    if (!onBehalfOf) return { ok: true, reader: who };
    if (!may(who, 'act'))
      return failure('not_found', 'This token may not act for others: it lacks the act scope.');
    const user = await users.resolve(onBehalfOf);
    if (user) return { ok: true, reader: identityOf(user) };
    const { provider, id, name } = onBehalfOf;
    const via = who.via ? { via: who.via } : {};
    return {
      ok: true,
      reader: { userId: `${provider}:${id}`, name, orgId: who.orgId, scopes: ['read'], ...via },
    };
  };
}

/**
 * The author of what somebody does: they themselves, or whom a token acts for. Where that account belongs to a user
 * whom we know, it is that user, with no more rights than they have.
 */
export function actingWith(users: Users): Act {
  return async (who, onBehalfOf) => {
    if (!onBehalfOf) return { ok: true, ...authorOf(who), whose: who, role: roleOf(who) };
    if (!may(who, 'act'))
      return failure('not_found', 'This token may not act for others: it lacks the act scope.');
    const via = who.via ? { via: who.via } : {};
    const user = await users.resolve(onBehalfOf);
    if (!user) {
      const { provider, id, name } = onBehalfOf;
      const author: Author = { userId: `${provider}:${id}`, name };
      return { ok: true, author, actor: { kind: 'user', ...author, ...via }, whose: who, role: 'member' };
    }
    const whose = identityOf(user);
    if (!may(whose, 'write'))
      return failure('not_found', `${user.name} may look on here, but not ask: an admin can change that.`);
    const author: Author = { userId: user.userId, name: user.name };
    return { ok: true, author, actor: { kind: 'user', ...author, ...via }, whose, role: roleOf(whose) };
  };
}
