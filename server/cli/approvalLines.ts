import type { SessionEvent } from '@deckhand/shared';
import { answeredLine, approvalAction, approvalTitle, mayAnswerLine, riskLine } from '@deckhand/shared/words';

type ApprovalStart = Extract<SessionEvent, { type: 'approval.requested' }>['data'];

/** What somebody is asked to say yes to, and how. */
export function approvalLines(asked: ApprovalStart): string {
  const { approvalId, why, risk, who } = asked;
  const lines = [
    `${approvalTitle(asked)}: ${approvalAction(asked)}`,
    why,
    risk && `${riskLine(risk)}: ${risk.reasons.join('; ')}`,
    mayAnswerLine(who),
    `deckhand approve ${approvalId}   or   deckhand refuse ${approvalId}`,
  ];
  return lines.filter(line => typeof line === 'string').join('\n  ');
}

type ApprovalEnd = Extract<SessionEvent, { type: 'approval.resolved' }>['data'];

export const approvalEnd = (end: ApprovalEnd): string =>
  end.replaced ? 'It does not wait any more' : end.expired ? 'The approval expired' : answeredLine(end);
