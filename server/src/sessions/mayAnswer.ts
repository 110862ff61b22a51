import { type Author, type Extent, failure, type MayAnswer, type Result, type Role } from '@deckhand/shared';
import type { PendingApproval } from './pendingApproval.ts';

type Asked = Pick<PendingApproval, 'plan' | 'what' | 'who' | 'extents' | 'author' | 'beside'>;
type Given = {
  approve: boolean;
  text?: string | undefined;
  extent?: Extent | undefined;
  by: Author;
  role: Role;
};

/** Whether this person may answer it so. A no is open to everybody who may prompt, as a stop is. */
export function mayAnswer(asked: Asked, { approve, text, extent = 'once', by, role }: Given): Result {
  const edits = asked.plan || asked.what?.edits;
  if (text !== undefined && !edits)
    return failure('bad_request', 'This cannot be edited: approve or refuse it.');
  if (extent !== 'once' && !asked.extents?.includes(extent))
    return failure('bad_request', `This cannot be approved for the ${extent}.`);
  if (approve && extent === 'repository' && role !== 'admin')
    return failure('not_found', 'Only an admin may approve something for the whole repository.');
  if (!approve) return { ok: true };
  const prompted = [asked.author, ...(asked.beside ?? [])].some(author => author?.userId === by.userId);
  switch (asked.who ?? 'anyone') {
    case 'anyone':
      return { ok: true };
    case 'author':
      return asked.author?.userId === by.userId || role === 'admin'
        ? { ok: true }
        : failure('not_found', `Only ${asked.author?.name ?? 'the author'} or an admin may approve this.`);
    case 'other':
      return prompted
        ? failure('not_found', 'Somebody else must approve this: the turn is yours.')
        : { ok: true };
    case 'otherAdmin':
      return role === 'admin' && !prompted
        ? { ok: true }
        : failure('not_found', 'Only an admin who did not prompt this turn may approve this.');
    case 'admin':
      return role === 'admin' ? { ok: true } : failure('not_found', 'Only an admin may approve this.');
  }
}

/** Only whoever both allow may answer. `author` is the author or an admin; `other` nobody who prompted. */
export function narrowest(a: MayAnswer, b: MayAnswer): MayAnswer {
  if (a === b || b === 'anyone') return a;
  if (a === 'anyone') return b;
  const both = new Set([a, b]);
  return both.has('other') || both.has('otherAdmin') ? 'otherAdmin' : 'admin';
}
