import type { FromTerminal } from '@deckhand/sandbox/protocol';
import { type Author, failure, limits, type Result, type TerminalMessage } from '@deckhand/shared';
import type { Mask, MaskStream } from '../../sandboxes/acquire/secretMask.ts';
import type { Hands } from '../../sandboxes/hands.ts';
import { lookEveryMs } from '../../sandboxes/sandboxes.ts';
import { type TerminalFrames, terminalFrames } from '../../sandboxes/untrusted/terminalFrames.ts';
import { whyGone } from './gone.ts';
import { type ReachDeps, reachSandbox } from './reach.ts';

export type LookDeps = ReachDeps & {
  /** Hides the repository's secrets in what is shown. */
  maskOf: (sessionId: string) => Promise<Mask>;
  /** Before anybody types there. */
  reached: (sessionId: string, hands: Hands) => Promise<void>;
  /** Epoch milliseconds. */
  clock: () => number;
};

export type Size = { columns: number; rows: number };
/** Of a message, all but whose it is. */
type Said = TerminalMessage extends infer M ? (M extends unknown ? Omit<M, 'sessionId'> : never) : never;

/** What runs on keeps its sandbox awake so long after the last key: tabs are forgotten. */
const unattendedMs = 60 * 60_000;
/** A connection that breaks while its sandbox runs is made again so often before somebody is told. */
const quietTries = 3;

/** One person's look at a session's terminal, from their opening it until they close it. */
export class TerminalLook {
  readonly sessionId: string;
  readonly by: Author;
  #deps: LookDeps;
  #say: (message: TerminalMessage) => void;
  #size: Size;
  #frames: TerminalFrames | null = null;
  #mask: MaskStream | null = null;
  #newMask: (() => MaskStream) | null = null;
  #over = new AbortController();
  #starting = false;
  #ended = false;
  #tries = 0;
  /** Sent to the browser, and not shown there yet. */
  #onItsWay = 0;
  /** Typed while it began. */
  #early = '';
  #typedAtMs: number;
  #notedAtMs = 0;
  #sandboxId = '';

  constructor(
    deps: LookDeps,
    { sessionId, by, size }: { sessionId: string; by: Author; size: Size },
    say: (message: TerminalMessage) => void,
  ) {
    this.#deps = deps;
    this.sessionId = sessionId;
    this.by = by;
    this.#size = size;
    this.#say = say;
    this.#typedAtMs = deps.clock();
  }

  /** Begins, or begins again; what comes of it is said. */
  start(): void {
    if (this.#starting || this.#frames || this.#over.signal.aborted) return;
    this.#starting = true;
    this.#tell({ kind: 'state', state: 'starting' });
    void this.#connect()
      .then(problem => problem && this.#tell({ kind: 'state', state: 'failed', detail: problem }))
      .catch(error => this.#tell({ kind: 'state', state: 'failed', detail: (error as Error).message }))
      .finally(() => {
        this.#starting = false;
      });
  }

  /** Keys. The first after it slept, ended or was lost begins it again, and is no input. */
  type(text: string): Result {
    this.#typedAtMs = this.#deps.clock();
    if (this.#starting) this.#early = (this.#early + text).slice(0, limits.terminalTypedChars);
    else if (!this.#frames) this.start();
    else if (this.#frames.waiting() > limits.terminalTypedChars * 4)
      return failure('rate_limited', 'The terminal does not read what is typed.');
    else this.#frames.send({ t: 'type', text });
    this.#keepAwake();
    return { ok: true };
  }

  resize(size: Size): void {
    this.#size = size;
    this.#frames?.send({ t: 'size', ...size });
  }

  taken(chars: number): void {
    this.#onItsWay = Math.max(0, this.#onItsWay - chars);
    if (this.#onItsWay < limits.terminalWindowChars) this.#frames?.resume();
  }

  close(): void {
    this.#over.abort();
    this.#frames?.close();
    this.#frames = null;
  }

  /** Null: it is open. Else why not. */
  async #connect(): Promise<string | null> {
    const { signal } = this.#over;
    const reached = await reachSandbox(this.#deps, this.sessionId, this.by, signal);
    if (!reached.ok) return reached.message;
    await this.#deps.reached(this.sessionId, reached.hands);
    const mask = await this.#deps.maskOf(this.sessionId);
    if (signal.aborted) return null;
    this.#sandboxId = reached.sandboxId;
    this.#newMask = mask.live;
    this.#mask = mask.live();
    this.#ended = false;
    const frames = terminalFrames(reached.hands.pty(this.#size), {
      message: message => this.#take(message),
      closed: () => void this.#closed(frames).catch(() => {}),
    });
    this.#frames = frames;
    return null;
  }

  #take(message: FromTerminal): void {
    if (message.t === 'ended') this.#ended = true;
    else if (message.t === 'anew') this.#anew(message);
    else if (message.t === 'size') this.#tell({ kind: 'size', columns: message.columns, rows: message.rows });
    else this.#output(this.#mask?.push(message.text) ?? '');
  }

  #anew({ columns, rows }: Size): void {
    this.#tries = 0;
    this.#mask = this.#newMask?.() ?? null;
    this.#tell({ kind: 'state', state: 'open' });
    this.#tell({ kind: 'anew', columns, rows });
    const early = this.#early;
    this.#early = '';
    if (early) this.#frames?.send({ t: 'type', text: early });
  }

  #output(text: string): void {
    if (text === '') return;
    this.#onItsWay += text.length;
    // From here on it waits in the sandbox, which gives who is far behind the screen anew.
    if (this.#onItsWay >= limits.terminalWindowChars) this.#frames?.pause();
    this.#tell({ kind: 'output', text });
    if (this.#deps.clock() - this.#typedAtMs < unattendedMs) this.#keepAwake();
  }

  async #closed(frames: TerminalFrames): Promise<void> {
    if (this.#frames !== frames) return;
    this.#frames = null;
    if (this.#over.signal.aborted) return;
    if (this.#ended) {
      const detail = 'The shell ended. Press a key to begin another.';
      return this.#tell({ kind: 'state', state: 'ended', detail });
    }
    const gone = await whyGone(this.#deps, this.sessionId, this.#sandboxId);
    if (gone || ++this.#tries > quietTries)
      return this.#tell({
        kind: 'state',
        ...(gone ?? { state: 'failed', detail: 'The terminal broke off. Press a key to try again.' }),
      });
    this.start();
  }

  #keepAwake(): void {
    const nowMs = this.#deps.clock();
    if (!this.#sandboxId || nowMs - this.#notedAtMs < lookEveryMs) return;
    this.#notedAtMs = nowMs;
    void this.#deps.sandboxes.lookedAt(this.#sandboxId).catch(() => {});
  }

  #tell(said: Said): void {
    this.#say({ ...said, sessionId: this.sessionId } as TerminalMessage);
  }
}
