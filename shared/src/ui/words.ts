import type {
  AttemptsState,
  Control,
  EventDataOf,
  Head,
  Outcome,
  PromptMode,
  SandboxFrom,
  SandboxState,
  SessionState,
  ShownChild,
  TodoItem,
  Usage,
} from '../index.ts';

export * from './agentWords.ts';
export * from './approvalWords.ts';
export * from './workflowWords.ts';

/** Every sentence that is made from data, in one place: short, plain English, sentence case. */

export function duration(ms: number): string {
  if (ms < 950) return `${Math.round(ms)} ms`;
  const seconds = ms / 1000;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  if (seconds < 59.5) return `${Math.round(seconds)} s`;
  const minutes = Math.floor(Math.round(seconds) / 60);
  if (minutes < 60) return `${minutes} min ${Math.round(seconds) % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

export function count(n: number): string {
  if (n < 1000) return String(n);
  return n < 999_500 ? `${trim(n / 1000)}k` : `${trim(n / 1_000_000)}M`;
}
const trim = (n: number) => (n < 10 ? n.toFixed(1).replace('.0', '') : String(Math.round(n)));

export function bytes(n: number): string {
  if (n < 1024) return `${n} B`;
  if (n < 1024 ** 2) return `${trim(n / 1024)} KiB`;
  return n < 1000 * 1024 ** 2 ? `${trim(n / 1024 ** 2)} MiB` : `${trim(n / 1024 ** 3)} GiB`;
}

export function plural(n: number, one: string, many = `${one}s`): string {
  return `${n} ${n === 1 ? one : many}`;
}

export function ordinal(n: number): string {
  const teen = n % 100 >= 11 && n % 100 <= 13;
  const ending = teen ? undefined : { 1: 'st', 2: 'nd', 3: 'rd' }[n % 10];
  return `${n}${ending ?? 'th'}`;
}

type PlaceOfPrompt = { place: number; follows?: boolean; held?: boolean };

/** Where a prompt waits; `place` counts from 1. `follows`: the turn of the one above it reads it, too; `held`: a stop held it. */
export function placeWords({ place, follows = false, held = false }: PlaceOfPrompt): string {
  const words = follows
    ? 'runs with the one above'
    : place === 1
      ? 'next in line'
      : `${ordinal(place)} in line`;
  return `${held ? 'Held' : 'Queued'}, ${words}`;
}

/** Of a prompt that is for the running turn. */
export const sentNow = 'Sent now';

/** Of a prompt that asks for a plan alone. */
export const planOnly = 'Plan only';
/** Of one that is to be done in parts, which are to be approved. */
export const largeWork = 'Large';
export const planModeWord = (mode: PromptMode | undefined): string | undefined =>
  mode === 'plan' ? planOnly : mode === 'large' ? largeWork : undefined;

export const stateWord: Record<SessionState, string> = {
  idle: 'Idle',
  running: 'Running',
  waiting: 'Waiting for an answer',
  asleep: 'Asleep',
  archived: 'Archived',
};

type Standing = {
  state: SessionState;
  lastOutcome: Outcome | null;
  waitsForChildren?: boolean | undefined;
  waitsForPlan?: boolean | undefined;
  control?: Pick<Control, 'by'> | null | undefined;
  /** Of a head, which says so by them. */
  approvals?: readonly { plan?: boolean | undefined }[] | undefined;
};

/** What a session is to whoever looks for what needs them: one that rests says how it ended where that is not well. */
export function standingOf({
  state,
  lastOutcome,
  waitsForChildren = false,
  control = null,
  approvals = [],
  waitsForPlan = approvals.some(({ plan }) => plan),
}: Standing): {
  look: SessionState | 'failed' | 'stopped';
  word: string;
} {
  // Whatever else it is: nothing goes on before they hand back.
  if (control) return { look: state === 'running' ? state : 'waiting', word: controlLine(control) };
  // Nobody has to do anything.
  if (waitsForChildren) return { look: 'running', word: 'Waiting for other sessions' };
  const rests = state === 'idle' || state === 'asleep';
  if (rests && waitsForPlan) return { look: 'waiting', word: 'Plan to approve' };
  if (rests && (lastOutcome === 'failed' || lastOutcome === 'over_budget'))
    return { look: 'failed', word: outcomeWord[lastOutcome] };
  if (rests && lastOutcome === 'stopped') return { look: 'stopped', word: outcomeWord.stopped };
  return { look: state, word: stateWord[state] };
}

export const outcomeWord: Record<Outcome, string> = {
  done: 'Done',
  asked: 'Asked a question',
  stopped: 'Stopped',
  failed: 'Failed',
  over_budget: 'Stopped at its budget',
};

/** "Stopped by Ada", where it is known whose wish it was. */
export const endWord = (outcome: Outcome, stoppedBy?: string): string =>
  stoppedBy && outcome === 'stopped' ? `${outcomeWord.stopped} by ${stoppedBy}` : outcomeWord[outcome];

/** Of a turn that somebody wants to end. */
export const stoppingLine = (by: string): string => `Stopping, ${by} asked for it…`;

/** Of prompts that a stop held. */
export const heldLine = (by: string, count: number): string =>
  `${by} stopped the turn and held what waits: ${plural(count, 'prompt')}.`;

/** Who has control, to whoever `userId` is. */
export const controlLine = ({ by }: Pick<Control, 'by'>, userId?: string): string =>
  by.userId === userId ? 'You have control' : `${by.name} has control`;

/** What that means for the agent and for what people ask. */
export function controlDetail({ state, turn }: Pick<Head, 'state' | 'turn'>): string {
  if (state === 'running') return 'The agent pauses when its current step is done. Prompts wait.';
  return turn ? 'The agent is paused. Prompts wait.' : 'Prompts wait until it is handed back.';
}

export const takenLine = ({ by, from }: EventDataOf<'control.taken'>): string =>
  from ? `${by.name} took control from ${from.name}` : `${by.name} took control`;

/** "Ada handed back: 2 files and 1 commit changed by hand". */
export function givenLine({ of, leftMs, note, changes }: EventDataOf<'control.given'>): string {
  const who =
    leftMs === undefined
      ? `${of.name} handed back`
      : `Handed back: ${of.name} did nothing with it for ${duration(leftMs)}`;
  const said = note === undefined ? '' : `, with a note: ${note}`;
  if (changes === null) return `${who}. What changed is not known${said}`;
  const { files, commits } = changes;
  const found = [files > 0 ? plural(files, 'file') : '', commits > 0 ? plural(commits, 'commit') : ''].filter(
    Boolean,
  );
  return `${who}: ${found.length > 0 ? `${found.join(' and ')} by hand` : 'nothing changed'}${said}`;
}

/** What a session that the agent began does. */
export function childText({ state, why, end }: ShownChild): string {
  if (state === 'works') return 'Running';
  if (state === 'blocked') return `Waiting for approval: ${why}`;
  return end ? outcomeWord[end.outcome] : 'Not followed here';
}

/** How attempts at a prompt stand. */
export function attemptsText({
  state,
  attempts,
  taken,
}: {
  state: AttemptsState;
  attempts: readonly { n: number }[];
  taken?: { n: number; by: { name: string } } | null | undefined;
}): string {
  const all = `${attempts.length} attempts`;
  switch (state) {
    case 'working':
      return `${all} at work`;
    case 'ready':
      return `${all} to compare`;
    case 'taken':
      return `${taken?.by.name ?? 'Somebody'} took attempt ${taken?.n ?? 1} of ${attempts.length}`;
    case 'failed':
      return `None of ${all} came to a change`;
    case 'stopped':
      return `${all} stopped`;
  }
}

const fromWord: Record<SandboxFrom, string> = {
  pool: 'from the pool',
  image: 'from the repository’s image',
  snapshot: 'from its snapshot',
  base: 'from the base image',
};

export function sandboxText(sandbox: {
  state: SandboxState;
  from?: SandboxFrom | undefined;
  detail?: string | undefined;
  /** How long it took to come this far. */
  durationMs?: number;
}): string {
  const { state, from, detail, durationMs = 0 } = sandbox;
  // What is said of this one says more than what is said of all.
  if (detail) return detail;
  // Where it comes from was told before: a tool waited for it to catch up.
  if (state === 'ready' && !from && durationMs > 0) return `Waited ${duration(durationMs)} for the sandbox`;
  const took = durationMs > 0 ? ` in ${duration(durationMs)}` : '';
  return {
    warming: 'Warming a sandbox…',
    restoring: 'Restoring the sandbox…',
    syncing: 'Fetching the newest code…',
    ready: `Sandbox ready${took}${from ? `, ${fromWord[from]}` : ''}`,
    asleep: 'Sandbox asleep',
    lost: 'The sandbox was lost. The next turn gets a new one with the last saved work.',
  }[state];
}

export function usageText(usage: Usage): string {
  if (usage.steps === 0) return '';
  const cached = usage.cachedInputTokens > 0 ? ` (${count(usage.cachedInputTokens)} cached)` : '';
  const tokens = `${count(usage.inputTokens)} tokens in${cached}, ${count(usage.outputTokens)} out`;
  return `${plural(usage.steps, 'step')} · ${tokens}`;
}

/** Less than a cent is told as that. */
export function usd(amount: number): string {
  if (amount > 0 && amount < 0.01) return 'under $0.01';
  return `$${amount.toLocaleString('en', { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`;
}

/** What a turn cost; where no price is known, its tokens. */
export function costText(usage: Usage, costUsd: number | undefined): string {
  if (usage.steps === 0 || costUsd === undefined) return usageText(usage);
  return `${plural(usage.steps, 'step')} · ${usd(costUsd)}`;
}

export const undoneText = (steps: number, turns: number) =>
  steps > 0 || turns === 0 ? `${plural(steps, 'step')} undone` : `${plural(turns, 'turn')} undone`;

/** "2 of 5 done"; what was dropped counts neither way. */
export function todoText(items: readonly TodoItem[]): string {
  const kept = items.filter(({ status }) => status !== 'dropped');
  const done = kept.filter(({ status }) => status === 'done').length;
  return kept.length === 0 ? 'Nothing to do' : `${done} of ${kept.length} done`;
}

export const shortModel = (model: string) => (model === 'rehearsal' ? 'rehearsal model' : model);

/** "Ana is typing…", or nothing. */
export function typingText(names: readonly string[]): string {
  if (names.length === 0) return '';
  if (names.length === 1) return `${names[0]} is typing…`;
  if (names.length === 2) return `${names[0]} and ${names[1]} are typing…`;
  return `${names.length} people are typing…`;
}

export function initials(name: string): string {
  const words = name.trim().split(/[\s._-]+/);
  const letters = [words[0], words.length > 1 ? words.at(-1) : undefined].map(word => [...(word ?? '')][0]);
  return letters.join('').toUpperCase() || '?';
}

/** Relative to `now`, both in milliseconds since 1970. */
export function relativeTime(at: number, now: number): string {
  const seconds = Math.round((now - at) / 1000);
  // Of what is still to come.
  if (seconds < 0) return `in ${duration(at - now)}`;
  if (seconds < 45) return 'just now';
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min ago`;
  const hours = Math.round(minutes / 60);
  if (hours < 24) return `${hours} h ago`;
  const days = Math.round(hours / 24);
  if (days < 14) return days === 1 ? 'yesterday' : `${days} days ago`;
  return new Date(at).toLocaleDateString(undefined, { day: 'numeric', month: 'short', year: 'numeric' });
}
