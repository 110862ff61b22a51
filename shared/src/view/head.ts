import type { Author, Envelope, Head, QueuedPrompt, SessionEvent } from '../index.ts';
import { knownEvent } from '../index.ts';
import { openedChange, updatedChange } from './change.ts';

/** Raised when the same events give another head: heads of versions before are not taken. */
export const headVersion = 1;

/** What a session is before its first event. */
export const emptyHead: Head = {
  last: 0,
  title: '',
  repo: null,
  origin: 'api',
  state: 'idle',
  authors: [],
  queue: [],
  turn: null,
  lastOutcome: null,
  question: null,
  choices: [],
  approvals: [],
  changes: [],
  files: [],
  sandbox: null,
  notice: null,
};

/**
 * The head after one more event. An event that the head already covers changes nothing; one that we do not know
 * only advances `last`. Order is the caller's: the log gives it, and the view's fold checks it.
 */
export function applyToHead(head: Head, envelope: Envelope): Head {
  return foldHead(head, envelope.seq, knownEvent(envelope));
}

/** `applyToHead` for a caller that has parsed the event already; null stands for one that we do not know. */
export function foldHead(head: Head, seq: number, event: SessionEvent | null): Head {
  if (!Number.isSafeInteger(seq) || seq <= head.last) return head;
  return { ...head, ...(event ? patchOf(head, event) : {}), last: seq };
}

function patchOf(head: Head, event: SessionEvent): Partial<Head> {
  switch (event.type) {
    case 'session.created':
      return { title: event.data.title, repo: event.data.repo, origin: event.data.origin };
    case 'session.titled':
      return { title: event.data.title };
    case 'session.state':
      return { state: event.data.state };
    case 'session.archived':
      return { state: 'archived' };
    case 'prompt.queued': {
      const { promptId, text, attachments, author, artifactId } = event.data;
      const others = head.queue.filter(prompt => prompt.promptId !== promptId);
      return {
        authors: withAuthor(head.authors, author),
        queue: [...others, { promptId, text, attachments, author, ...(artifactId ? { artifactId } : {}) }],
      };
    }
    case 'prompt.edited': {
      const { promptId, text, artifactId } = event.data;
      const edited = ({ artifactId: _, ...prompt }: QueuedPrompt): QueuedPrompt => ({
        ...prompt,
        text,
        ...(artifactId ? { artifactId } : {}),
      });
      return {
        queue: head.queue.map(prompt => (prompt.promptId === promptId ? edited(prompt) : prompt)),
      };
    }
    case 'prompt.cancelled':
      return { queue: head.queue.filter(prompt => prompt.promptId !== event.data.promptId) };
    case 'turn.started': {
      const { turnId, promptIds, model } = event.data;
      return {
        queue: head.queue.filter(prompt => !promptIds.includes(prompt.promptId)),
        turn: { turnId, promptIds, model, startedAt: event.at },
        question: null,
        choices: [],
        notice: null,
      };
    }
    case 'turn.finished': {
      const { outcome, question, choices } = event.data;
      const asked = outcome === 'asked';
      return {
        turn: null,
        lastOutcome: outcome,
        question: asked ? (question ?? null) : null,
        choices: asked ? (choices ?? []) : [],
        // Nobody is left to act on an answer, so an approval must not hang on the page.
        approvals: [],
      };
    }
    case 'approval.requested': {
      const { approvalId, text } = event.data;
      const others = head.approvals.filter(approval => approval.approvalId !== approvalId);
      return { approvals: [...others, { approvalId, text }] };
    }
    case 'approval.resolved':
      return { approvals: head.approvals.filter(approval => approval.approvalId !== event.data.approvalId) };
    case 'change.opened': {
      const change = openedChange(event.data);
      return { changes: [...head.changes.filter(other => other.changeId !== change.changeId), change] };
    }
    case 'change.updated': {
      const { data } = event;
      return {
        changes: head.changes.map(change =>
          change.changeId === data.changeId ? updatedChange(change, data) : change,
        ),
      };
    }
    case 'files.changed':
      return { files: event.data.files };
    case 'sandbox.state':
      return { sandbox: event.data };
    case 'notice':
      return { notice: event.data };
    case 'session.rewound': {
      const { outcome, question = null, choices = [] } = event.data;
      return { lastOutcome: outcome, question, choices, notice: null };
    }
    case 'session.forked':
    case 'message.done':
    case 'tool.started':
    case 'tool.finished':
    case 'artifact.created':
    case 'child.started':
    case 'child.finished':
    case 'context.compacted':
      return {};
  }
}

function withAuthor(authors: Author[], author: Author): Author[] {
  return authors.some(known => known.userId === author.userId) ? authors : [...authors, author];
}
