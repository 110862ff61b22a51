import { isIP } from 'node:net';
import type { Author } from '@deckhand/shared';
import type { Signature } from '../sessions/store/meta.ts';
import type { LocalUser } from './localUser.ts';
import type { Users } from './users.ts';

export type SignatureOf = (author: Author) => Promise<Signature>;
export type OwnSignature = (author: Author) => Signature;

export type SignatureOptions = {
  /** Where GitHub's pages are. */
  webUrl: string;
  /** Where this server is. */
  publicUrl: () => string;
  /** The person at this machine, as its git knows them. */
  local: LocalUser;
};

/**
 * The name and address that commits of somebody carry. For people of GitHub it is the address that GitHub itself gives
 * them for this (`ID+LOGIN@users.noreply.…`): the commit is theirs there, and tells nobody their own address. For the
 * person at this machine it is what their own commits carry.
 */
export function signaturesOf(
  users: Users,
  options: SignatureOptions,
): { signatureOf: SignatureOf; ownSignature: OwnSignature } {
  const { hostname } = new URL(options.webUrl);
  const noreply = `users.noreply.${hostname}`;
  const ownSignature: OwnSignature = ({ userId, name }) => {
    const { local } = options;
    if (userId === local.identity.userId && local.signature) return local.signature;
    const slug = userId.replaceAll(/[^\w.-]/g, '-');
    return { name, email: `${slug}@users.noreply.${domainOf(options.publicUrl())}` };
  };
  const signatureOf: SignatureOf = async author => {
    const { userId, name } = author;
    const user = await userOf(users, userId);
    if (user) return { name: user.name, email: `${user.github.id}+${user.github.login}@${noreply}` };
    // Somebody of GitHub who has not signed in here: their login is all the name that we know.
    const githubId = /^usr_gh(\d+)$/.exec(userId)?.[1];
    if (githubId) return { name, email: `${githubId}+${name}@${noreply}` };
    return ownSignature(author);
  };
  return {
    signatureOf,
    /** What commits of somebody carry while no account of GitHub is known. Who signs in later made some under it. */
    ownSignature,
  };
}

/** A server without a name of its own is this machine. */
function domainOf(publicUrl: string): string {
  const { hostname } = new URL(publicUrl);
  return isIP(hostname.replace(/^\[|\]$/g, '')) ? 'localhost' : hostname;
}

/** The user behind an author: themselves, or whose account elsewhere it is (`slack:T1/U1`). */
export async function userOf(users: Users, userId: string) {
  const [provider = '', ...id] = userId.split(':');
  return id.length > 0 ? users.resolve({ provider, id: id.join(':') }) : users.get(userId);
}
