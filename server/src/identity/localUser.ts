import { userInfo } from 'node:os';
import { git } from '../platform/git.ts';
import type { Identity } from './identity.ts';

/** The one person of a single-user server: named as git knows them on this machine. */
export async function localUser(): Promise<Identity> {
  const named = await git(['config', '--get', 'user.name'], {
    env: { GIT_CONFIG_GLOBAL: `${userInfo().homedir}/.gitconfig`, GIT_CONFIG_NOSYSTEM: '0' },
  });
  const name = (named.ok && named.stdout.trim()) || userInfo().username || 'You';
  return { userId: 'usr_local00', name, orgId: 'default', scopes: ['read', 'write', 'admin'] };
}
