import {
  type Actor,
  type Envelope,
  type EventDataOf,
  knownEvent,
  Origin,
  type SessionEvent,
  totalsOf,
} from '@deckhand/shared';
import type { AttemptFact, ChangeFact, SessionFacts, TurnFact } from './facts.ts';

/** Pure: the facts after one more event of the session's log. */
export function applyToFacts(facts: SessionFacts, envelope: Envelope): SessionFacts {
  const event = knownEvent(envelope);
  const next = { ...facts, last: envelope.seq, lastAt: envelope.at };
  return event ? { ...next, ...differenceOf(next, event) } : next;
}

function differenceOf(facts: SessionFacts, event: SessionEvent): Partial<SessionFacts> {
  switch (event.type) {
    case 'session.created': {
      const { repo, origin, madeWith = null } = event.data;
      return { repo, origin, madeWith, begunAt: event.at };
    }
    case 'session.forked':
      // What a fork's log has before this happened in the session that it came from, and is counted there.
      return event.data.from === undefined
        ? {}
        : { ...forgotten, begunAt: event.at, madeWith: event.data.madeWith ?? null };
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
      const { added, removed } = totalsOf(event.data.files, event.data.total);
      return { lines: { added, removed } };
    }
    case 'change.opened':
      return { changes: [...facts.changes, openedChange(event)] };
    case 'change.updated':
      return changesUpdated(facts, event);
    case 'attempts.started':
      return { attempts: [...facts.attempts, ...startedAttempts(event)] };
    case 'attempt.taken': {
      const { groupId, n } = event.data;
      return {
        attempts: facts.attempts.map(each =>
          each.groupId === groupId && each.n === n ? { ...each, takenAt: event.at } : each,
        ),
      };
    }
    default:
      return {};
  }
}

const forgotten = {
  prompts: [],
  turns: [],
  changes: [],
  attempts: [],
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
    attempt: null,
    revisions: [],
    approvedBy: [],
    refusedBy: [],
    lines: null,
  };
}

function startedAttempts({ at, data }: SessionEvent & { type: 'attempts.started' }): AttemptFact[] {
  const { groupId, author, attempts } = data;
  return attempts.map(({ n, agent = null, madeWith = null }) => ({
    ...{ groupId, n, at, agent, madeWith, userId: author.userId },
    ...{ takenAt: null, landedAt: null },
  }));
}

function changesUpdated(
  facts: SessionFacts,
  event: SessionEvent & { type: 'change.updated' },
): Partial<SessionFacts> {
  const { changeId, state } = event.data;
  const before = facts.changes.find(change => change.changeId === changeId);
  if (!before) return {};
  const lands = state === 'merged' && before.mergedAt === null;
  const waiting = lands ? facts.attempts.filter(isToLand) : [];
  const taken = waiting.toSorted((a, b) => (a.takenAt ?? '').localeCompare(b.takenAt ?? '')).at(-1);
  const after = {
    ...updatedChange(facts, before, event),
    ...(taken ? { attempt: { agent: taken.agent, madeWith: taken.madeWith } } : {}),
  };
  return {
    changes: facts.changes.map(change => (change === before ? after : change)),
    ...(taken
      ? { attempts: facts.attempts.map(each => (isToLand(each) ? { ...each, landedAt: event.at } : each)) }
      : {}),
  };
}

const isToLand = ({ takenAt, landedAt }: AttemptFact) => takenAt !== null && landedAt === null;

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
