import { type Failure, failure } from '@deckhand/shared';
import type { Redis } from 'ioredis';
import { type Identity, may } from '../identity/identity.ts';
import type { Blobs } from '../platform/blobs.ts';
import { listActs } from '../policy/audit/list.ts';
import type { Pseudonyms } from '../policy/audit/names.ts';
import { verifyChain } from '../policy/audit/verify.ts';
import type { Handlers } from './handlers.ts';

export type AuditCommandDeps = { redis: Redis; blobs: Blobs; names: Pseudonyms };

/** Who did what; for admins alone. */
export function auditCommands(deps: AuditCommandDeps): Pick<Handlers, 'audit.list' | 'audit.verify'> {
  return {
    async 'audit.list'(who, query) {
      return may(who, 'admin') ? { ok: true, ...(await listActs(deps, query)) } : onlyAdmins(who);
    },
    async 'audit.verify'(who, { anchor }) {
      if (!may(who, 'admin')) return onlyAdmins(who);
      const [seq, hash = ''] = (anchor ?? '').split(':');
      const noted = anchor === undefined ? undefined : { seq: Number(seq), hash };
      const { entries, head, fault } = await verifyChain(deps.redis, deps.blobs, noted);
      return { ok: true, entries, end: `${head.seq}:${head.hash}`, fault };
    },
  };
}

const onlyAdmins = (_: Identity): Failure =>
  failure('not_found', 'Only an admin may read the audit log of this server.');
