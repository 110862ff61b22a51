import type { Author } from '@deckhand/shared';
import type { Signature } from '../sessions/store/meta.ts';
import type { Users } from './users.ts';

export type SignatureOf = (author: Author) => Promise<Signature>;

/**
 * The name and address that commits of somebody carry. For people of GitHub it is the address that GitHub itself gives
 * them for this (`ID+LOGIN@users.noreply.…`): the commit is theirs there, and tells nobody their own address.
 */
export function signaturesOf(users: Users, webUrl: string): SignatureOf {
  const { hostname } = new URL(webUrl);
  const noreply = `users.noreply.${hostname}`;
  return async ({ userId, name }) => {
    const user = await userOf(users, userId);
    if (user) return { name: user.name, email: `${user.github.id}+${user.github.login}@${noreply}` };
    // Somebody of GitHub who has not signed in here: their login is all the name that we know.
    const githubId = /^usr_gh(\d+)$/.exec(userId)?.[1];
    if (githubId) return { name, email: `${githubId}+${name}@${noreply}` };
    return ownSignature({ userId, name });
  };
}

/** What commits of somebody carry while no account of GitHub is known. Who signs in later made some under it. */
export const ownSignature = ({ userId, name }: Author): Signature => ({
  name,
  email: `${userId.replaceAll(/[^\w.-]/g, '-')}@users.deckhand.invalid`,
});

/** The user behind an author: themselves, or whose account elsewhere it is (`slack:T1/U1`). */
export async function userOf(users: Users, userId: string) {
  const [provider = '', ...id] = userId.split(':');
  return id.length > 0 ? users.resolve({ provider, id: id.join(':') }) : users.get(userId);
}
