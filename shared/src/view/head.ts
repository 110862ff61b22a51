import type { Author, Envelope, Head, QueuedPrompt, SessionEvent } from '../index.ts';
import { isOpen, knownEvent } from '../index.ts';
import { foldBoard } from './board.ts';
import { openedChange, updatedChange } from './change.ts';
import { foldChildren } from './children.ts';
import { foldWorkflow } from './workflow.ts';

/** Raised when the same events give another head: heads of versions before are not taken. */
export const headVersion = 9;

/** What a session is before its first event. */
export const emptyHead: Head = {
  last: 0,
  title: '',
  repo: null,
  origin: 'api',
  state: 'idle',
  authors: [],
  queue: [],
  queueHeldBy: null,
  turn: null,
  lastOutcome: null,
  question: null,
  choices: [],
  approvals: [],
  changes: [],
  files: [],
  filesTotal: null,
  sandbox: null,
  notice: null,
  todos: [],
  board: [],
  children: [],
  attempts: [],
  waitsForChildren: false,
  control: null,
  held: null,
  workflow: null,
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
  // A task has a list and remarks of its own.
  if (event.taskId !== undefined && ['todo.updated', 'notice'].includes(event.type)) return {};
  switch (event.type) {
    case 'session.created':
      return event.data;
    case 'session.titled':
      return { title: event.data.title };
    case 'session.state':
      return { state: event.data.state, waitsForChildren: event.data.waitsForChildren ?? false };
    case 'session.archived':
      return { state: 'archived' };
    case 'prompt.queued': {
      const { promptId, text, attachments, author, artifactId, model, when, mode, agent } = event.data;
      const more = {
        ...(artifactId ? { artifactId } : {}),
        ...(model ? { model } : {}),
        ...(when ? { when } : {}),
        ...(mode ? { mode } : {}),
        ...(agent ? { agent } : {}),
      };
      const others = head.queue.filter(prompt => prompt.promptId !== promptId);
      return {
        authors: withAuthor(head.authors, author),
        queue: queued(others, { promptId, text, attachments, author, ...more }),
      };
    }
    case 'prompt.edited': {
      const { promptId, text, artifactId, agent } = event.data;
      const edited = ({ artifactId: _, agent: before, ...prompt }: QueuedPrompt): QueuedPrompt => ({
        ...prompt,
        text,
        ...(artifactId ? { artifactId } : {}),
        ...((agent === undefined ? before : agent) ? { agent: agent ?? before } : {}),
      });
      return {
        queue: head.queue.map(prompt => (prompt.promptId === promptId ? edited(prompt) : prompt)),
      };
    }
    case 'prompt.cancelled':
      return { queue: head.queue.filter(prompt => prompt.promptId !== event.data.promptId) };
    case 'turn.started': {
      const { turnId, promptIds, model, mode, agent } = event.data;
      return {
        queue: head.queue.filter(prompt => !promptIds.includes(prompt.promptId)),
        turn: {
          ...{ turnId, promptIds, model },
          ...(mode ? { mode } : {}),
          ...(agent ? { agent } : {}),
          startedAt: event.at,
        },
        question: null,
        choices: [],
        notice: null,
        held: null,
        // A list that was worked off is of the turns before.
        todos: head.todos.some(isOpen) ? head.todos : [],
        // One that is over for good is of the turns before; one that may be gone on with stays.
        workflow: isForGood(head.workflow) ? null : head.workflow,
      };
    }
    case 'turn.steered': {
      const { turnId, promptIds } = event.data;
      const { turn } = head;
      return {
        queue: head.queue.filter(prompt => !promptIds.includes(prompt.promptId)),
        ...(turn?.turnId === turnId
          ? { turn: { ...turn, promptIds: [...turn.promptIds, ...promptIds] } }
          : {}),
      };
    }
    case 'turn.stopping': {
      const { turnId, queue } = event.data;
      const by = event.actor.name ?? 'Somebody';
      return {
        ...(head.turn?.turnId === turnId ? { turn: { ...head.turn, stoppedBy: by } } : {}),
        ...(queue === 'run' ? {} : { queueHeldBy: by }),
      };
    }
    case 'queue.released':
      return { queueHeldBy: null };
    case 'turn.finished': {
      const { outcome, question, choices, budget } = event.data;
      const asked = outcome === 'asked';
      return {
        turn: null,
        lastOutcome: outcome,
        question: asked ? (question ?? null) : null,
        choices: asked ? (choices ?? []) : [],
        held: budget ?? null,
        // Nobody is left to act on an answer to a call; a plan, a grant and a budget wait for their own.
        approvals: head.approvals.filter(({ plan, kind = 'call' }) => plan || kind !== 'call'),
      };
    }
    case 'approval.requested': {
      const { approvalId } = event.data;
      const others = head.approvals.filter(approval => approval.approvalId !== approvalId);
      return { approvals: [...others, event.data] };
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
    case 'board.written':
    case 'board.removed':
    case 'board.expired':
      return { board: foldBoard(head.board, event) };
    case 'child.started':
    case 'child.blocked':
    case 'child.finished':
      return { children: foldChildren(head.children, event) };
    case 'attempts.started': {
      const { groupId, title, attempts } = event.data;
      return { attempts: [...head.attempts, { groupId, title, count: attempts.length, ready: false }] };
    }
    case 'attempts.ended': {
      const { groupId, state } = event.data;
      return {
        attempts: head.attempts.flatMap(open =>
          open.groupId !== groupId ? open : state === 'ready' ? { ...open, ready: true } : [],
        ),
      };
    }
    case 'attempt.taken':
      return { attempts: head.attempts.filter(({ groupId }) => groupId !== event.data.groupId) };
    case 'workflow.started':
    case 'workflow.node.entered':
    case 'workflow.node.left':
    case 'workflow.told':
    case 'workflow.cut':
    case 'workflow.replanned':
    case 'workflow.finished':
      return { workflow: foldWorkflow(head.workflow, event) };
    case 'control.taken': {
      const { by } = event.data;
      return { control: { by, since: event.at }, authors: withAuthor(head.authors, by) };
    }
    case 'control.given':
      return { control: null };
    case 'files.changed':
      return { files: event.data.files, filesTotal: event.data.total ?? null };
    case 'sandbox.state':
      return { sandbox: event.data };
    case 'todo.updated':
      return { todos: event.data.items };
    case 'budget.reached':
      return { held: event.data.budget };
    case 'budget.raised':
      return { held: null };
    case 'notice':
      return { notice: event.data };
    case 'session.rewound': {
      const { outcome, question = null, choices = [] } = event.data;
      const workflow = head.workflow?.turnId === event.data.turnId ? head.workflow : null;
      return { lastOutcome: outcome, question, choices, notice: null, workflow };
    }
    case 'session.forked':
      if (!event.data.from) return {};
      return {
        ...{ children: [], attempts: [], control: null, parentId: event.data.parentId },
        // An attempt opens none, and what it came from is its session's.
        ...(event.data.parentId ? { changes: [] } : {}),
      };
    case 'attempt.checked':
    case 'message.done':
    case 'reasoning.done':
    case 'tool.started':
    case 'tool.finished':
    case 'artifact.created':
    case 'context.compacted':
    case 'grant.given':
    case 'grant.withdrawn':
    case 'egress.noted':
    case 'task.created':
    case 'task.started':
    case 'task.blocked':
    case 'task.finished':
      return {};
  }
}

const isForGood = (workflow: Head['workflow']) =>
  workflow?.outcome === 'done' || workflow?.outcome === 'stopped';

/** Those that are sent to the running turn stand first, in their own order. */
function queued(queue: QueuedPrompt[], prompt: QueuedPrompt): QueuedPrompt[] {
  const first = queue.findIndex(({ when }) => when !== 'now');
  return prompt.when === 'now' && first >= 0 ? queue.toSpliced(first, 0, prompt) : [...queue, prompt];
}

function withAuthor(authors: Author[], author: Author): Author[] {
  return authors.some(known => known.userId === author.userId) ? authors : [...authors, author];
}
