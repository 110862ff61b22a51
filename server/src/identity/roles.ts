import type { Role } from '@deckhand/shared';
import { type Identity, may, type Scope } from './identity.ts';

const scopes: Record<Role, Scope[]> = {
  viewer: ['read'],
  member: ['read', 'write'],
  admin: ['read', 'write', 'admin'],
};

export const scopesOf = (role: Role): Scope[] => [...scopes[role]];

export const roleOf = (who: Identity): Role =>
  may(who, 'admin') ? 'admin' : may(who, 'write') ? 'member' : 'viewer';
