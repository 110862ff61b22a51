import type { Duplex, Readable } from 'node:stream';
import type { CallRequest, JournalOutcome, Value } from '@deckhand/sandbox/protocol';
import type { ErrorCode, Failure, Result } from '@deckhand/shared';

/**
 * Why a sandbox can no longer be reached through this object; all later requests answer the same.
 * `superseded`: a newer connection took over (higher or equal fence); `closed`: `close()` was called.
 */
export type Lost = Failure<'sandbox_lost' | 'engine_down' | 'superseded' | 'closed'>;

export type HandsErrorCode = ErrorCode | Lost['code'];

/** `lost`: no answer can be had here; whoever takes over re-sends the same callId to learn what became of it. */
export type CallOutcome =
  | JournalOutcome
  | { status: 'lost'; callId: string; code: Lost['code']; message: string };

/** `offset` counts bytes of the whole output; it jumps where a slow reader missed dropped output. */
export type OutputChunk = { offset: number; text: string };

export type CallOptions = {
  onOutput?: (chunk: OutputChunk) => void;
  /** Stops the call: its processes are killed within a second and it ends as finished, `failure: 'stopped'`. */
  signal?: AbortSignal;
};

export type RunOptions = {
  cwd?: string;
  env?: Record<string, string>;
  /** Without the variables that the container, the environment or anybody inside gave: for programs of our own. */
  clean?: true;
  stdin?: string | Buffer | Readable;
  /** 60 s where absent. */
  timeoutMs?: number;
  signal?: AbortSignal;
  /** Of stdout and of stderr each; more is `bad_request`. 32 MiB where absent; use `get` for more. */
  maxOutputBytes?: number;
};

/** What `get` reads. */
export type Source =
  | { path: string }
  | ({ argv: string[] } & Pick<RunOptions, 'cwd' | 'env' | 'clean' | 'timeoutMs'>);

export type RunOutput = { code: number | null; stdout: Buffer; stderr: Buffer; timedOut: boolean };

/**
 * A sandbox's runtime. Reconnects by itself while the sandbox lives; requests made meanwhile wait.
 * Nothing here rejects but `get`'s stream, which is destroyed with an Error that says why.
 */
export interface Hands {
  readonly sandboxId: string;
  /** At most once per callId, whatever breaks: re-sending asks the journal first. */
  call(request: CallRequest, options?: CallOptions): Promise<CallOutcome>;
  /** A piece of the whole output of a call; at most 512 KiB. */
  output(callId: string, offset: number, limit: number): Promise<Result<OutputPiece, HandsErrorCode>>;
  cancel(callId: string): Promise<Result<{ found: boolean }, HandsErrorCode>>;
  /** Not journalled: for what may run twice. A connection that breaks kills it and answers `internal`. */
  run(argv: string[], options?: RunOptions): Promise<Result<RunOutput, HandsErrorCode>>;
  put(
    path: string,
    content: Readable | Buffer,
    mode?: number,
  ): Promise<Result<{ bytes: number }, HandsErrorCode>>;
  /** A file, or the stdout of a command (an exit code other than 0 destroys the stream). */
  get(source: Source): Readable;
  /** A connection to a port inside. Destroyed with an Error where nothing listens there or the sandbox is lost. */
  tcp(port: number): Duplex;
  /** The sandbox's terminal, begun in this size where there is none; frames of `terminal.ts` both ways. As `tcp` else. */
  pty(size: { columns: number; rows: number }): Duplex;
  /** What the agent's commands run in the background. */
  processes(): Promise<Result<Value<'processes'>, HandsErrorCode>>;
  killAll(): Promise<Result<{ killed: number }, HandsErrorCode>>;
  ping(): Promise<Result<{ roundTripMs: number }, HandsErrorCode>>;
  stat(): Promise<Result<Value<'stat'>, HandsErrorCode>>;
  /** Takes the open connection over for a session (a pool's bridge), or raises its fence. */
  claim(owner: { sessionId: string; fence: number }): Promise<Result<object, HandsErrorCode>>;
  close(): void;
  /** Called once, when no further request can succeed. At once if that is so already. */
  onLost(callback: (lost: Lost) => void): void;
}

export type OutputPiece = { offset: number; data: Buffer; outputBytes: number };
