import type { EventDataOf, Extent, Grant, MayAnswer, Risk } from '../index.ts';

type Asked = EventDataOf<'approval.requested'>;
type Answered = Pick<
  EventDataOf<'approval.resolved'>,
  'approved' | 'by' | 'expired' | 'replaced' | 'edited' | 'extent'
>;

/** What is asked for: its kind, in a few words. */
export function approvalTitle({ kind, what }: Pick<Asked, 'kind' | 'what'>): string {
  if (kind === 'grant') return 'Permission wanted';
  if (kind === 'budget') return 'More budget wanted';
  return what?.tool ? `Approval wanted: ${what.tool}` : 'Approval wanted';
}

/** What exactly, where an approval says it; else its text. */
export const approvalAction = ({ what, text }: Pick<Asked, 'what' | 'text'>): string => what?.action ?? text;

export function riskLine({ level, score }: Pick<Risk, 'level' | 'score'>): string {
  const word = { low: 'Low', medium: 'Medium', high: 'High' }[level];
  return `${word} risk, ${score} of 100`;
}

/** Who may say yes; null where everybody who may prompt may. */
export function mayAnswerLine(who: MayAnswer | undefined): string | null {
  switch (who) {
    case 'author':
      return 'Whoever prompted it approves, or an admin';
    case 'other':
      return 'Somebody else than who prompted it approves';
    case 'admin':
      return 'An admin approves';
    case 'otherAdmin':
      return 'An admin who did not prompt it approves';
    default:
      return null;
  }
}

/** On buttons. */
export const extentWord: Record<Extent, string> = {
  once: 'Approve',
  session: 'For this session',
  repository: 'Always for this repository',
};

const reach: Record<Extent, string> = {
  once: '',
  session: ' for this session',
  repository: ' for this repository',
};

/** How it was answered. */
export function answeredLine({ approved, by, expired, replaced, edited, extent }: Answered): string {
  const who = by ? ` by ${by.name}` : '';
  if (approved) return `Approved${reach[extent ?? 'once']}${who}${edited ? ', edited' : ''}`;
  if (expired) return 'Nobody answered in time, so it was not done';
  return replaced ? 'Not asked for any more' : `Refused${who}`;
}

/** Whom a grant is for. */
export function grantReach(grant: Pick<Grant, 'for'>): string {
  if (grant.for === 'session') return 'for this session';
  return grant.for === 'repository' ? 'for this repository' : 'for one person';
}

export const grantLine = (grant: Pick<Grant, 'scope' | 'value' | 'for' | 'by'>): string =>
  `${grant.scope} ${grant.value}: allowed ${grantReach(grant)} by ${grant.by.name}`;
