import { randomBytes } from 'node:crypto';
import type { Actor } from '@deckhand/shared';
import type { EventDraft, Op } from './batch.ts';
import { part } from './keys.ts';

/** What of a session's events stands in the audit log, and which of their fields: ids, names of things, yes or no. */
const noted: Record<string, readonly string[]> = {
  'approval.requested': ['approvalId', 'callId', 'kind', 'plan'],
  'approval.resolved': ['approvalId', 'approved', 'expired', 'replaced', 'extent', 'edited'],
  'grant.given': ['grantId', 'scope', 'value', 'for', 'expiresAt'],
  'grant.withdrawn': ['grantId'],
  'change.opened': ['changeId', 'number'],
  'budget.raised': ['budgetId', 'unit', 'amount'],
  // Also where the server did it.
  'control.given': ['leftMs'],
  'session.archived': [],
};

/** One event for the audit log, as it waits in the session. */
export type AuditNote = {
  id: string;
  atMs: number;
  act: string;
  actor: Actor;
  about: Record<string, string | number | boolean>;
};

const isTold = (value: unknown): value is string | number | boolean =>
  ['string', 'number', 'boolean'].includes(typeof value) && String(value).length <= 200;

export const isNoted = ({ type }: EventDraft): boolean => Object.hasOwn(noted, type);

/**
 * Written in the same script as the events: whatever dies afterwards, the audit log learns of them from here
 * (policy/audit/outbox.ts).
 */
export function noteOps(events: readonly EventDraft[]): Op[] {
  const notes = events.filter(isNoted).map(({ type, actor, data }): AuditNote => {
    const fields = data as Record<string, unknown>;
    const about = (noted[type] ?? []).flatMap(field => {
      const value = fields[field];
      return isTold(value) ? [[field, value] as const] : [];
    });
    const id = randomBytes(9).toString('base64url');
    return { id, atMs: Date.now(), act: type, actor, about: Object.fromEntries(about) };
  });
  return notes.length > 0 ? [['RPUSH', part.audits, ...notes.map(note => JSON.stringify(note))]] : [];
}
