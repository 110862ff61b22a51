import {
  type Actor,
  type Envelope,
  type EventDataOf,
  knownEvent,
  Origin,
  type SessionEvent,
} from '@deckhand/shared';
import type { ChangeFact, SessionFacts, TurnFact } from './facts.ts';

/** Pure: the facts after one more event of the session's log. */
export function applyToFacts(facts: SessionFacts, envelope: Envelope): SessionFacts {
  const event = knownEvent(envelope);
  const next = { ...facts, last: envelope.seq, lastAt: envelope.at };
  return event ? { ...next, ...differenceOf(next, event) } : next;
}

function differenceOf(facts: SessionFacts, event: SessionEvent): Partial<SessionFacts> {
  switch (event.type) {
    case 'session.created': {
      const { repo, origin } = event.data;
      return { repo, origin, begunAt: event.at };
    }
    case 'session.forked':
      // What a fork's log has before this happened in the session that it came from, and is counted there.
      return event.data.from === undefined ? {} : { ...forgotten, begunAt: event.at };
    case 'prompt.queued': {
      const { promptId, author, agent = null } = event.data;
      const client = clientOf(facts, event.actor);
      const prompt = { promptId, at: event.at, userId: author.userId, client, agent };
      return { prompts: [...facts.prompts, prompt] };
    }
    case 'turn.started':
      return { turns: [...facts.turns, startedTurn(facts, event.at, event.data)] };
    case 'turn.finished':
      return { turns: facts.turns.map(turn => endedTurn(turn, event.at, event.data)) };
    case 'files.changed': {
      const { files } = event.data;
      const sum = (of: 'added' | 'removed') => files.reduce((total, file) => total + file[of], 0);
      return { lines: { added: sum('added'), removed: sum('removed') } };
    }
    case 'change.opened':
      return { changes: [...facts.changes, openedChange(event)] };
    case 'change.updated':
      return {
        changes: facts.changes.map(change =>
          change.changeId === event.data.changeId ? updatedChange(facts, change, event) : change,
        ),
      };
    default:
      return {};
  }
}

const forgotten = {
  prompts: [],
  turns: [],
  changes: [],
  lines: { added: 0, removed: 0 },
} satisfies Partial<SessionFacts>;

/**
 * A session's first prompt came through the client that it was begun in. Later ones through the client whose token
 * spoke; a browser has none, and a sidebar is one.
 */
function clientOf({ origin, prompts }: SessionFacts, { via }: Actor): Origin {
  if (prompts.length === 0) return origin;
  const named = Origin.safeParse(via);
  if (named.success) return named.data;
  return via !== undefined || origin === 'extension' ? origin : 'web';
}

function startedTurn(
  facts: SessionFacts,
  startedAt: string,
  { turnId, promptIds, agent }: EventDataOf<'turn.started'>,
): TurnFact {
  const prompt = facts.prompts.find(({ promptId }) => promptId === promptIds[0]);
  const { userId, client } = prompt ?? { userId: '', client: facts.origin };
  return { turnId, startedAt, userId, client, agent: agent?.id ?? null, firstTokenAt: null, end: null };
}

function endedTurn(turn: TurnFact, at: string, data: EventDataOf<'turn.finished'>): TurnFact {
  if (turn.turnId !== data.turnId) return turn;
  const { outcome, usage, costUsd = null, firstTokenAt = null } = data;
  return { ...turn, firstTokenAt, end: { at, outcome, usage, costUsd } };
}

function openedChange({ at, turnId, data }: SessionEvent & { type: 'change.opened' }): ChangeFact {
  const { changeId, branch, url, number = null, author, waits } = data;
  const isOpen = waits === undefined;
  return {
    changeId,
    branch,
    url,
    number,
    author,
    openedAt: isOpen ? at : null,
    openedIn: isOpen ? (turnId ?? null) : null,
    mergedAt: null,
    closedAt: null,
    mergeSha: null,
    revisions: [],
    approvedBy: [],
    refusedBy: [],
    lines: null,
  };
}

function updatedChange(
  facts: SessionFacts,
  change: ChangeFact,
  { at, turnId, data }: SessionEvent & { type: 'change.updated' },
): ChangeFact {
  const { state, url = change.url, number = change.number, mergeSha = change.mergeSha, reviews } = data;
  const isMerged = state === 'merged';
  const opens = change.openedAt === null && state !== 'waiting';
  const isRevision =
    change.openedAt !== null &&
    turnId !== undefined &&
    turnId !== change.openedIn &&
    !change.revisions.includes(turnId);
  return {
    ...change,
    url,
    number,
    mergeSha,
    ...(opens ? { openedAt: at, openedIn: turnId ?? null } : {}),
    mergedAt: change.mergedAt ?? (isMerged ? at : null),
    closedAt: state === 'closed' ? (change.closedAt ?? at) : null,
    lines: change.lines ?? (isMerged ? facts.lines : null),
    revisions: isRevision ? [...change.revisions, turnId] : change.revisions,
    ...(reviews ? { approvedBy: reviews.approved, refusedBy: reviews.changesRequested } : {}),
  };
}
