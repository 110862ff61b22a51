import type { Outcome, SessionState } from '@deckhand/shared';
import type { Check } from './store/commit.ts';
import { part } from './store/keys.ts';

/** A session before its first commit. */
export const unborn = 'unborn';
export type Before = SessionState | typeof unborn;

/** Where a session stands that goes on from the end of a turn: how that ended, and whether a sandbox was used by then. */
export type Stand = { outcome: Outcome; sandbox: boolean };

/** What can happen to a session. Every write of session state is one of these. */
export type Happening =
  | { kind: 'created' | 'fork.copied' | 'titled' }
  | ({ kind: 'forked' | 'rewound' } & Stand)
  | { kind: 'prompt.queued' | 'prompt.edited' | 'prompt.cancelled' }
  | {
      kind:
        | 'turn.started'
        | 'turn.steered'
        | 'turn.noted'
        | 'turn.parked'
        | 'turn.yields'
        | 'turn.waits'
        | 'turn.wakes'
        | 'turn.resumed'
        | 'woke.up';
    }
  | { kind: 'turn.finished'; outcome: Outcome }
  | { kind: 'stop.asked' | 'task.ordered' | 'archive.asked' | 'fell.asleep' | 'fork.told' }
  | { kind: 'queue.released' }
  | { kind: 'control.taken' | 'control.marked' | 'control.given' }
  | { kind: 'approval.requested' | 'approval.resolved' | 'grant.given' | 'grant.withdrawn' }
  | {
      kind:
        | 'attempts.noted'
        | 'attempt.taken'
        | 'board.noted'
        | 'change.noted'
        | 'child.noted'
        | 'egress.noted'
        | 'screenshot.given';
    };
export type HappeningKind = Happening['kind'];

/** What a writer saw before it writes, and what its write stands on. */
export type Seen = Partial<{
  /** Turn-writes: the fence under which the worker has the session. */
  fence: number;
  state: SessionState;
  last: number;
  sandboxId: string | null;
  title: string;
  waiting: number;
  queueHeld: boolean;
  contextLength: number;
  /** The turn that runs; false: none does. */
  turnId: string | false;
  /** What a turn that is put aside waits for, and who has control, as both are stored. */
  parked: string | false;
  controlText: string | false;
  stop: string | null;
  /** Prompts at the head of the queue, and as they are stored. */
  head: readonly string[];
  /** `author|requestId` that nobody has used. */
  request: string;
  /** One field each, as it is stored; false where there is none. */
  prompts: readonly Field[];
  approval: Field;
  grant: Field;
  children: readonly Field[];
  attempts: Field;
  change: Field;
  /** `branchState` as it is stored. */
  keptBranch: string | false;
  /** How far the log of a fork is copied. */
  copied: string | false;
}>;
type Field = readonly [field: string, value: string | false];

const field = (key: string, [name, value]: Field): Check => ['field', key, name, value];

function seenBy<K extends keyof Seen>(seen: Seen, name: K): NonNullable<Seen[K]> | Extract<Seen[K], null> {
  const value = seen[name];
  if (value === undefined) throw new Error(`a write that stands on "${name}" did not look at it`);
  return value as NonNullable<Seen[K]>;
}

/** What `parked` says of a turn that waits for children, and for nobody's yes. */
export const childrenWait = 'children';

/** The same of one that waits until a person hands control back. */
export const controlWaits = 'control';

/** What a write may stand on, and how its script checks that. */
const conditions = {
  'not there': () => [['absent', part.meta]],
  'no lease': () => [['absent', part.lease]],
  'no turn': () => [field(part.run, ['turnId', false])],
  'nothing waits': () => [['length', part.inbox, 0]],
  'the state': seen => [field(part.meta, ['state', seenBy(seen, 'state')])],
  'the log': seen => [field(part.meta, ['last', String(seenBy(seen, 'last'))])],
  'the title': seen => [field(part.meta, ['title', seenBy(seen, 'title')])],
  'the sandbox': seen => [field(part.meta, ['sandboxId', seenBy(seen, 'sandboxId') ?? false])],
  'the queue': seen => [['length', part.inbox, seenBy(seen, 'waiting')]],
  'the context': seen => [['length', part.context, seenBy(seen, 'contextLength')]],
  'the turn': seen => [field(part.run, ['turnId', seenBy(seen, 'turnId')])],
  'the stop': seen => [field(part.run, ['stop', seenBy(seen, 'stop') ?? false])],
  'the head of the queue': seen => [['first', part.inbox, [...seenBy(seen, 'head')]]],
  'a new request': seen => [field(part.requests, [seenBy(seen, 'request'), false])],
  'the prompts': seen => seenBy(seen, 'prompts').map(one => field(part.prompts, one)),
  'the approval': seen => [field(part.approvals, seenBy(seen, 'approval'))],
  'the grant': seen => [field(part.grants, seenBy(seen, 'grant'))],
  'the children': seen => seenBy(seen, 'children').map(one => field(part.children, one)),
  'the attempts': seen => [field(part.attempts, seenBy(seen, 'attempts'))],
  'the wait': () => [field(part.run, ['parked', childrenWait])],
  // What a stop held does not run, so it keeps no sandbox awake.
  'nothing to do': seen =>
    seenBy(seen, 'queueHeld') ? [field(part.meta, ['queueHeld', '1'])] : [['length', part.inbox, 0]],
  'no hold': () => [field(part.meta, ['queueHeld', false])],
  'no control': () => [field(part.meta, ['control', false])],
  'the control': seen => [field(part.meta, ['control', seenBy(seen, 'controlText')])],
  'the park': seen => [field(part.run, ['parked', seenBy(seen, 'parked')])],
  'the change': seen => [field(part.changes, seenBy(seen, 'change'))],
  'the branch': seen => [field(part.meta, ['branchState', seenBy(seen, 'keptBranch')])],
  'what is copied': seen => [field(part.forking, ['log', seenBy(seen, 'copied')])],
} satisfies Record<string, (seen: Seen) => Check[]>;
export type Condition = keyof typeof conditions;

type Rule = {
  /** A turn writes under its fence; a door on what the session is. */
  by: 'turn' | 'door';
  /** The state after it, for each before; in a state that is not named it cannot happen. */
  from: { readonly [before in Before]?: Before | ((happening: Happening) => SessionState) };
  /** What must still be as the writer saw it, besides that the session is in one of these states. */
  on: readonly Condition[];
};

const stays = { idle: 'idle', running: 'running', waiting: 'waiting', asleep: 'asleep' } as const;
const staysAnywhere = { ...stays, archived: 'archived' } as const;
const stands = (happening: Happening): SessionState => standing(happening as Happening & Stand);
const ended = (happening: Happening): SessionState =>
  (happening as { outcome: Outcome }).outcome === 'asked' ? 'waiting' : 'idle';

/** The state of a session that stands at a turn and has no sandbox yet. */
function standing({ outcome, sandbox }: Stand): SessionState {
  if (outcome === 'asked') return 'waiting';
  return sandbox ? 'asleep' : 'idle';
}

/**
 * The session's whole life: every state, everything that can happen in it, the state after that, and what each write
 * stands on. Nothing else in this folder names a state.
 */
export const table: { readonly [kind in HappeningKind]: Rule } = {
  created: { by: 'door', from: { unborn: 'idle' }, on: ['not there'] },
  'fork.copied': { by: 'door', from: { unborn }, on: ['not there'] },
  forked: { by: 'door', from: { unborn: stands }, on: ['not there', 'what is copied', 'the context'] },
  // Of two names that are given at once, and of a person's beside the model's, none is lost unseen.
  titled: { by: 'door', from: staysAnywhere, on: ['the title'] },
  'fork.told': { by: 'door', from: staysAnywhere, on: ['a new request'] },
  'prompt.queued': { by: 'door', from: stays, on: ['a new request', 'the queue'] },
  'prompt.edited': { by: 'door', from: stays, on: ['the prompts'] },
  'prompt.cancelled': { by: 'door', from: stays, on: ['the prompts'] },
  'turn.started': {
    by: 'turn',
    from: { idle: 'running', waiting: 'running', asleep: 'running' },
    on: ['the head of the queue', 'the prompts', 'the state', 'no control', 'no hold'],
  },
  // Put in once: what is at the head of the queue, as it was read.
  'turn.steered': { by: 'turn', from: { running: 'running' }, on: ['the head of the queue', 'the prompts'] },
  // A turn that waits for a yes is nobody's: neither lease nor job holds it. A stop before it wins over it.
  'turn.parked': { by: 'turn', from: { running: 'waiting' }, on: ['the stop', 'the approval'] },
  // The same for a turn that makes way for a person: they still have control.
  'turn.yields': { by: 'turn', from: { running: 'waiting' }, on: ['the stop', 'the control'] },
  // The same for a turn that waits for sessions which it began: none of them has news that it does not know.
  'turn.waits': { by: 'turn', from: { running: 'waiting' }, on: ['the stop', 'the children'] },
  // Whoever sees that the wait is over says so once; the worker that is woken resumes it.
  'turn.wakes': { by: 'door', from: { waiting: 'waiting' }, on: ['the turn', 'the wait'] },
  // Not while a person has control, unless it is to stop.
  'turn.resumed': { by: 'turn', from: { waiting: 'running' }, on: ['the turn', 'the control'] },
  'turn.noted': { by: 'turn', from: staysAnywhere, on: [] },
  // The record says which event ends the turn: nothing may come in between. A stop before the end wins over it.
  'turn.finished': { by: 'turn', from: { running: ended }, on: ['the stop', 'the log'] },
  // Of a parked turn, too.
  'stop.asked': { by: 'door', from: { running: 'running', waiting: 'waiting' }, on: ['the turn'] },
  // Prompts that it held run again.
  'queue.released': { by: 'door', from: stays, on: [] },
  // What somebody wants of one of its tasks.
  'task.ordered': { by: 'door', from: { running: 'running', waiting: 'waiting' }, on: ['the turn'] },
  'fell.asleep': {
    by: 'door',
    from: { idle: 'asleep', waiting: 'waiting', asleep: 'asleep' },
    on: ['no lease', 'the state', 'the sandbox', 'the log', 'nothing to do'],
  },
  // Somebody got its sandbox to use it by hand, under the fence that turns write under.
  'woke.up': {
    by: 'turn',
    from: { idle: 'idle', waiting: 'waiting', asleep: 'idle' },
    on: ['the state'],
  },
  rewound: {
    by: 'door',
    from: { idle: stands, waiting: stands, asleep: stands },
    on: ['no turn', 'the state', 'the log', 'nothing waits', 'the context'],
  },
  'archive.asked': {
    by: 'door',
    from: { idle: 'archived', waiting: 'archived', asleep: 'archived' },
    on: ['no turn', 'the state', 'nothing waits', 'no control'],
  },
  // From whoever had it, if anybody; of two who take it at once the second takes it from the first.
  'control.taken': { by: 'door', from: stays, on: ['the control'] },
  'control.marked': { by: 'door', from: stays, on: ['the control'] },
  // The turn that made way goes on with it; what else one waits for, it goes on waiting for.
  'control.given': { by: 'door', from: stays, on: ['the control', 'the park', 'the turn'] },
  'approval.requested': { by: 'door', from: staysAnywhere, on: ['the approval'] },
  'approval.resolved': { by: 'door', from: staysAnywhere, on: ['the approval'] },
  'grant.given': { by: 'door', from: stays, on: ['the grant'] },
  'grant.withdrawn': { by: 'door', from: staysAnywhere, on: ['the grant'] },
  'attempts.noted': { by: 'door', from: stays, on: ['the attempts'] },
  // It goes on from another session's work, as after a rewind: nothing runs, nothing waits, nothing came meanwhile.
  'attempt.taken': {
    by: 'door',
    from: { idle: 'asleep', waiting: 'asleep', asleep: 'asleep' },
    on: ['no turn', 'the state', 'the log', 'nothing waits', 'the attempts'],
  },
  'change.noted': { by: 'door', from: staysAnywhere, on: [] },
  'board.noted': { by: 'door', from: staysAnywhere, on: [] },
  'child.noted': { by: 'door', from: staysAnywhere, on: ['the children'] },
  // Counts stand on the count before; what is asked for on what was asked.
  'egress.noted': { by: 'door', from: staysAnywhere, on: [] },
  'screenshot.given': { by: 'door', from: stays, on: [] },
};

/** The state after it; null where it cannot happen in that state, or leaves no session yet. */
export function nextState(before: Before, happening: Happening): SessionState | null {
  const after = table[happening.kind].from[before];
  const state = typeof after === 'function' ? after(happening) : after;
  return state === undefined || state === unborn ? null : state;
}

/** What the script of this write checks. `seen` must hold everything that it stands on. */
export function checksOf(kind: HappeningKind, seen: Seen = {}): Check[] {
  const { by, from, on } = table[kind];
  const checks = on.flatMap(name => conditions[name](seen));
  if (by === 'turn') return [['fence', seenBy(seen, 'fence')], ...checks];
  const isChecked = on.includes('not there') || on.includes('the state');
  return isChecked ? checks : [['among', part.meta, 'state', Object.keys(from)], ...checks];
}

/** For what a write stands on besides, e.g. the change that a turn writes. */
export const conditionOf = (name: Condition, seen: Seen): Check[] => conditions[name](seen);

/** Whether this can happen in that state. */
export const isPossible = (state: SessionState, kind: HappeningKind): boolean =>
  table[kind].from[state] !== undefined;

/** A turn is under way, whoever works on it. */
export const isRunning = (state: SessionState): boolean => isPossible(state, 'turn.finished');

/** For good: it takes no work any more. */
export const isArchived = (state: SessionState): boolean => !isPossible(state, 'prompt.queued');

/** It asked something, or its turn was put aside. */
export const isWaiting = (state: string): boolean => state === 'waiting';
