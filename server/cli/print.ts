import { type Envelope, type Frame, knownEvent, type SessionEvent, type TodoStatus } from '@deckhand/shared';
import { givenLine, grantLine, stoppingLine, takenLine } from '@deckhand/shared/words';
import pc from 'picocolors';
import { approvalEnd, approvalLines } from './approvalLines.ts';
import { attemptLines, childLine } from './belowLines.ts';
import { shownEvent, withoutEscapes } from './shown.ts';
import { isWithinTask, taskLine } from './taskLines.ts';
import { workflowNews } from './workflowLines.ts';

/** Writes a session to a terminal as it happens: words as they stream, each command with its output. */
export class Printer {
  #out: (text: string) => void;
  /** The unfinished text on screen, and how much of it stands there. */
  #draft: { id: string; attempt: number; shown: string } | null = null;
  #lineOpen = false;
  /** What the model thinks and has not answered yet. */
  #thinking: { id: string; attempt: number; text: string; sinceMs: number } | null = null;
  /** Its line stands above the words that came of it. */
  #toldThought: string | null = null;

  constructor(out: (text: string) => void) {
    this.#out = out;
  }

  frame(frame: Frame): void {
    // One line says it, once it is over: when the words begin, whose event comes later than they do.
    if (frame.kind === 'reasoning') {
      this.#think(frame);
      return;
    }
    const { id, attempt, offset, text } = frame;
    if (this.#thinking)
      this.#tellThought({ ...this.#thinking, durationMs: Date.now() - this.#thinking.sinceMs });
    const same = this.#draft?.id === id && this.#draft.attempt === attempt;
    if (!same) {
      if (this.#draft?.id === id) this.#line(pc.dim('(the model was asked again)'));
      else this.#endLine();
      this.#draft = { id, attempt, shown: '' };
    }
    const draft = this.#draft;
    if (!draft) return;
    // A piece before it is missing: the event that ends the text brings it all.
    if (offset > draft.shown.length) return;
    const fresh = text.slice(draft.shown.length - offset);
    draft.shown += fresh;
    this.#write(frame.kind === 'tool' ? printed(fresh) : withoutEscapes(fresh));
  }

  event(envelope: Envelope): void {
    const event = knownEvent(envelope);
    if (event) this.#event(shownEvent(event));
  }

  #event(event: SessionEvent): void {
    if (isWithinTask(event)) return;
    const whose = event.taskId ? pc.dim(`[${event.agentId ?? 'task'}] `) : '';
    switch (event.type) {
      case 'prompt.queued':
        this.#line(`${pc.bold(`${event.data.author.name}:`)} ${event.data.text}`);
        if (event.data.when === 'now') this.#line(pc.dim('Sent now: for the turn that runs'));
        else if (event.data.position > 1) this.#line(pc.dim(`Queued, ${event.data.position} in line`));
        return;
      case 'turn.steered':
        this.#line(pc.dim('The agent reads it from here on'));
        return;
      case 'prompt.cancelled':
        this.#line(pc.dim('A prompt was taken back before its turn'));
        return;
      case 'sandbox.state': {
        const { state, detail } = event.data;
        // Being brought up to date is nobody's business until somebody waits for it.
        const isQuiet = state === 'ready' || (state === 'syncing' && !detail);
        if (!isQuiet) this.#line(pc.dim(detail ?? `Sandbox: ${state}`));
        return;
      }
      case 'message.done':
        this.#finish(event.data.messageId, event.data.text);
        return;
      case 'reasoning.done':
        this.#tellThought({ ...event.data, id: event.data.reasoningId });
        return;
      case 'tool.started':
        this.#line(`${whose}${pc.cyan('›')} ${pc.bold(event.data.tool)} ${describe(event.data.input)}`);
        return;
      case 'tool.finished': {
        const { ok, summary, callId } = event.data;
        if (this.#draft?.id === callId) this.#rest(this.#draft.shown, event.data);
        this.#draft = null;
        this.#line(`${whose}${ok ? pc.green('✓') : pc.red('✗')} ${summary}`);
        return;
      }
      case 'task.created':
      case 'task.blocked':
      case 'task.finished':
        this.#line(`${whose}${taskLine(event)}`);
        return;
      case 'files.changed':
        for (const { path, added, removed } of event.data.files)
          this.#line(`  ${path} ${pc.green(`+${added}`)} ${pc.red(`-${removed}`)}`);
        return;
      case 'approval.requested':
        this.#line(pc.yellow(event.data.plan ? 'A plan waits for approval' : approvalLines(event.data)));
        return;
      case 'turn.stopping':
        this.#line(pc.dim(stoppingLine(event.actor.name ?? 'somebody')));
        return;
      case 'control.taken':
        this.#line(pc.yellow(takenLine(event.data)));
        return;
      case 'control.given':
        this.#line(pc.yellow(givenLine(event.data)));
        return;
      case 'grant.given':
        this.#line(pc.dim(grantLine(event.data)));
        return;
      case 'grant.withdrawn':
        this.#line(pc.dim('A permission was withdrawn'));
        return;
      case 'approval.resolved':
        this.#line(pc.dim(approvalEnd(event.data)));
        return;
      case 'change.opened':
        this.#line(`${pc.bold('Change')} ${event.data.branch}\n  ${event.data.waits ?? event.data.url}`);
        return;
      case 'change.updated':
        this.#line(changeNews(event.data));
        return;
      case 'context.compacted': {
        const { before, after, summary } = event.data;
        const what = summary === undefined ? 'Older results shortened' : 'Older messages summed up';
        this.#line(pc.dim(`${what}: ${before} to ${after} tokens`));
        return;
      }
      case 'todo.updated':
        for (const { text, status } of event.data.items) this.#line(`  ${todoSign[status]} ${text}`);
        return;
      case 'budget.reached':
      case 'budget.raised':
      case 'notice':
        this.#line(pc.yellow(event.data.text));
        return;
      case 'attempts.started':
      case 'attempts.ended':
      case 'attempt.taken':
        for (const line of attemptLines(event)) this.#line(line);
        return;
      case 'child.started':
      case 'child.blocked':
      case 'child.finished':
        this.#line(childLine(event));
        return;
      case 'turn.finished':
        this.#line(turnEnd(event.data));
        return;
      case 'session.rewound':
        this.#line(pc.dim('Rewound to the end of an earlier turn'));
        return;
      case 'session.forked':
        this.#line(pc.dim(event.data.from ? `Forked from ${event.data.from}` : `Forked to ${event.data.to}`));
        return;
      default: {
        const news = workflowNews(event);
        if (news) this.#line(pc.dim(news));
      }
    }
  }

  #think({ id, attempt, offset, text }: Frame): void {
    const known = this.#thinking?.id === id && this.#thinking.attempt === attempt ? this.#thinking : null;
    this.#thinking = {
      ...{ id, attempt, sinceMs: known?.sinceMs ?? Date.now() },
      text: (known?.text ?? '').slice(0, offset) + text,
    };
  }

  #tellThought({ id, text, durationMs }: { id: string; text: string; durationMs: number }): void {
    if (text !== '' && this.#toldThought !== id) this.#line(pc.dim(thought({ text, durationMs })));
    this.#toldThought = id;
    this.#thinking = null;
  }

  /** The event has the whole text: what the frames did not bring is added. */
  #finish(id: string, text: string): void {
    const shown = this.#draft?.id === id ? this.#draft.shown : '';
    if (shown === '') this.#endLine();
    this.#draft = null;
    this.#write(withoutEscapes(text.slice(shown.length)));
    this.#endLine();
  }

  /** What the frames did not bring of an output: to its end, or with what its event left out in the middle. */
  #rest(shown: string, { output, truncated }: { output: string; truncated: boolean }): void {
    if (!truncated && output.startsWith(shown)) {
      this.#write(printed(output.slice(shown.length)));
      return;
    }
    if (shown.endsWith(output.slice(-tailChars))) return;
    this.#line(pc.dim('… all of it that is kept:'));
    this.#write(printed(output));
  }

  #write(text: string): void {
    if (text === '') return;
    this.#out(text);
    this.#lineOpen = !text.replaceAll(ansi, '').endsWith('\n');
  }

  #endLine(): void {
    if (this.#lineOpen) this.#out('\n');
    this.#lineOpen = false;
  }

  #line(text: string): void {
    this.#endLine();
    this.#out(`${text}\n`);
  }
}

const todoSign: Record<TodoStatus, string> = {
  pending: '☐',
  in_progress: pc.cyan('▸'),
  done: pc.green('☑'),
  dropped: pc.dim('☒'),
};

/** What a command printed, in its colours; none of them reaches beyond it. */
const printed = (text: string) => `${pc.dim(text)}${text.includes('\u001b') ? '\u001b[0m' : ''}`;

/** So much of an output's end tells whether it stands on screen. */
const tailChars = 400;
// biome-ignore lint/suspicious/noControlCharactersInRegex: the escape that begins a colour
const ansi = /\u001b\[\d+m/g;

function describe(input: unknown): string {
  if (typeof input !== 'object' || input === null) return '';
  const { command, path, pattern, question } = input as Record<string, unknown>;
  const text = String(command ?? pattern ?? path ?? question ?? '');
  const line = text.split('\n')[0] ?? '';
  return line.length > 100 ? `${line.slice(0, 99)}…` : line;
}

/** One line of it, as much as fits. */
function thought({ text, durationMs }: { text: string; durationMs: number }): string {
  const line = withoutEscapes(text).replaceAll(/[*#`]/g, '').replaceAll(/\s+/g, ' ').trim();
  const shown = line.length > 100 ? `${line.slice(0, 99).toWellFormed()}…` : line;
  return `Thought for ${Math.round(durationMs / 1000)} s: ${shown}`;
}

type ChangeNews = Extract<SessionEvent, { type: 'change.updated' }>['data'];

function changeNews({ state, number, url, by, waits, checks, reviews }: ChangeNews): string {
  const name = number === undefined ? 'Change' : `Pull request #${number}`;
  const parts = [
    `${state}${by ? ` by ${by}` : ''}`,
    checks &&
      checks.failed > 0 &&
      pc.red(`${checks.failed} failed: ${checks.failing.map(each => each.name).join(', ')}`),
    reviews && reviews.approved.length > 0 && `approved by ${reviews.approved.join(', ')}`,
    reviews &&
      reviews.changesRequested.length > 0 &&
      `${reviews.changesRequested.join(', ')} asked for changes`,
  ].filter(Boolean);
  return `${pc.bold(name)} ${parts.join(' · ')}\n  ${waits ?? url ?? ''}`.trimEnd();
}

type TurnEnd = Extract<SessionEvent, { type: 'turn.finished' }>['data'];

function turnEnd({ outcome, usage, costUsd, question, choices, error }: TurnEnd): string {
  const cost = costUsd === undefined ? '' : `$${costUsd.toFixed(2)}, `;
  const tokens = pc.dim(`${cost}${usage.inputTokens + usage.outputTokens} tokens, ${usage.steps} steps`);
  switch (outcome) {
    case 'done':
      return `${pc.green('Done')} ${tokens}`;
    case 'asked':
      return `${pc.yellow('Asks')} ${question ?? ''}${(choices ?? []).map(choice => `\n  - ${choice}`).join('')}`;
    case 'stopped':
      return `${pc.yellow('Stopped')} ${tokens}`;
    case 'failed':
    case 'over_budget':
      return `${pc.red(outcome === 'failed' ? 'Failed' : 'Over budget')} ${error?.message ?? ''} ${tokens}`;
  }
}
