import type { IdentityServices } from '../identity/compose.ts';
import type { AccountLinks } from '../threads/accounts.ts';
import type { Handlers } from './handlers.ts';
import { onlyActing } from './threadCommands.ts';

export type AccountCommandDeps = { identity: IdentityServices; links: AccountLinks; publicUrl: () => string };

type AccountCommands = Pick<Handlers, 'account.get' | 'account.link' | 'account.unlink'>;

/** Whose account elsewhere is whose here. Only for tokens that act for others. */
export function accountCommands({ identity, links, publicUrl }: AccountCommandDeps): AccountCommands {
  const { users, signIn } = identity;
  return onlyActing<AccountCommands>({
    async 'account.get'(_who, { onBehalfOf }) {
      const user = await users.resolve(onBehalfOf);
      const known = user && { userId: user.userId, name: user.name, login: user.github.login };
      return { ok: true, user: known, github: signIn !== null };
    },
    async 'account.link'(_who, { onBehalfOf, once, from }) {
      const none = { ok: true as const, url: null, expiresAt: null };
      if (!signIn || (await users.resolve(onBehalfOf))) return none;
      if (once && !(await links.offerOnce(onBehalfOf))) return none;
      const { token, expiresAtMs } = await links.create({ account: onBehalfOf, from });
      const url = `${publicUrl()}/link?token=${token}`;
      return { ok: true, url, expiresAt: new Date(expiresAtMs).toISOString() };
    },
    async 'account.unlink'(_who, { onBehalfOf }) {
      await users.unlink(onBehalfOf);
      return { ok: true };
    },
  });
}
