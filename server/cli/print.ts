import { type Envelope, type Frame, knownEvent, type SessionEvent } from '@deckhand/shared';
import pc from 'picocolors';

/** Writes a session to a terminal as it happens: words as they stream, each command with its output. */
export class Printer {
  #out: (text: string) => void;
  /** The unfinished text on screen, and how much of it stands there. */
  #draft: { id: string; attempt: number; shown: number } | null = null;
  #lineOpen = false;

  constructor(out: (text: string) => void) {
    this.#out = out;
  }

  frame(frame: Frame): void {
    const { id, attempt, offset, text } = frame;
    const same = this.#draft?.id === id && this.#draft.attempt === attempt;
    if (!same) {
      if (this.#draft?.id === id) this.#line(pc.dim('(the model was asked again)'));
      else this.#endLine();
      this.#draft = { id, attempt, shown: 0 };
    }
    const draft = this.#draft;
    if (!draft) return;
    // A piece before it is missing: the event that ends the text brings it all.
    if (offset > draft.shown) return;
    const fresh = text.slice(Math.max(0, draft.shown - offset));
    draft.shown = Math.max(draft.shown, offset + text.length);
    this.#write(frame.kind === 'tool' ? pc.dim(fresh) : fresh);
  }

  event(envelope: Envelope): void {
    const event = knownEvent(envelope);
    if (event) this.#event(event);
  }

  #event(event: SessionEvent): void {
    switch (event.type) {
      case 'prompt.queued':
        if (event.data.position > 1) this.#line(pc.dim(`Queued, ${event.data.position} in line`));
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
      case 'tool.started':
        this.#line(`${pc.cyan('›')} ${pc.bold(event.data.tool)} ${describe(event.data.input)}`);
        return;
      case 'tool.finished': {
        const { ok, summary, callId } = event.data;
        if (this.#draft?.id === callId) this.#draft = null;
        this.#line(`${ok ? pc.green('✓') : pc.red('✗')} ${summary}`);
        return;
      }
      case 'files.changed':
        for (const { path, added, removed } of event.data.files)
          this.#line(`  ${path} ${pc.green(`+${added}`)} ${pc.red(`-${removed}`)}`);
        return;
      case 'change.opened':
        this.#line(`${pc.bold('Change')} ${event.data.branch}\n  ${event.data.url}`);
        return;
      case 'notice':
        this.#line(pc.yellow(event.data.text));
        return;
      case 'turn.finished':
        this.#line(turnEnd(event.data));
        return;
      case 'session.rewound':
        this.#line(pc.dim('Rewound to the end of an earlier turn'));
        return;
      case 'session.forked': {
        const { from, to } = event.data;
        this.#line(pc.dim(from ? `Forked from ${from}` : `Forked to ${to}`));
        return;
      }
      default:
        return;
    }
  }

  /** The event has the whole text: what the frames did not bring is added. */
  #finish(id: string, text: string): void {
    const shown = this.#draft?.id === id ? this.#draft.shown : 0;
    if (shown === 0) this.#endLine();
    this.#draft = null;
    this.#write(text.slice(shown));
    this.#endLine();
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

// biome-ignore lint/suspicious/noControlCharactersInRegex: the escape that begins a colour
const ansi = /\u001b\[\d+m/g;

function describe(input: unknown): string {
  if (typeof input !== 'object' || input === null) return '';
  const { command, path, pattern, question } = input as Record<string, unknown>;
  const text = String(command ?? pattern ?? path ?? question ?? '');
  const line = text.split('\n')[0] ?? '';
  return line.length > 100 ? `${line.slice(0, 99)}…` : line;
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
