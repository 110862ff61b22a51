import { userInfo } from 'node:os';
import { git } from '../platform/git.ts';
import type { Signature } from '../sessions/store/meta.ts';
import type { Identity } from './identity.ts';

/** The one person of a single-user server. `signature`: as git knows them on this machine; null where it does not. */
export type LocalUser = { identity: Identity; signature: Signature | null };

export async function localUser(env: NodeJS.ProcessEnv = {}): Promise<LocalUser> {
  const [named, address] = await Promise.all([
    env.GIT_AUTHOR_NAME || ofThisMachine('user.name'),
    env.GIT_AUTHOR_EMAIL || ofThisMachine('user.email'),
  ]);
  const name = named || userInfo().username || 'You';
  const identity: Identity = {
    userId: 'usr_local00',
    name,
    orgId: 'default',
    scopes: ['read', 'write', 'admin'],
  };
  return { identity, signature: address ? { name, email: address } : null };
}

async function ofThisMachine(key: string): Promise<string> {
  const found = await git(['config', '--get', key], {
    env: { GIT_CONFIG_GLOBAL: `${userInfo().homedir}/.gitconfig`, GIT_CONFIG_NOSYSTEM: '0' },
  });
  return found.ok ? found.stdout.trim() : '';
}
