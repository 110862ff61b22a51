import type { TurnFrame } from '@deckhand/shared';
import type { ModelMessage } from 'ai';
import type { ModelAnswer } from './ask.ts';
import type { AgentModel } from './model.ts';
import type { ModelFailure } from './modelError.ts';
import type { Mode } from './planMode.ts';
import type { Call, CallResult, Offered, ToolPorts, ToolResult } from './tools/tool.ts';
import type { Worker } from './worker.ts';

/** False once the turn is somebody else's: no more frames. */
export type SendFrame = (frame: TurnFrame) => Promise<boolean>;

/** What was said before the call was cut short. */
export type PartialAnswer = { messageId: string; text: string };

/** What the model reads. */
export interface ContextPort {
  instructions(): Promise<string>;
  /** What the next request reads, with its attachments, newest last; cut first where it would not fit the window. */
  messages(): Promise<ModelMessage[]>;
  /** Sums up what is old where there is much of it. Called while nobody waits for the model. */
  tidy(): Promise<void>;
  /** The model refused the last request as too long: false where nothing can be taken out any more. */
  refused(failure: ModelFailure): Promise<boolean>;
}

/** What was sent beside the messages. */
export type SentBeside = { instructions: string; tools: readonly string[] };

/** Where a turn stands, and how it gets on: each write is whole or not at all. They reject where the turn is lost. */
export interface CommitPort {
  readonly turnId: string;
  /** Ids of its messages begin with it: the turn's or the task's own. */
  readonly messageIds: string;
  /** Rises with each worker that takes the turn over: its frames replace those of the one before. */
  readonly fence: number;
  /** Answers of the model so far. */
  steps(): number;
  /** Calls of the last answer that have no result yet. */
  pending(): readonly Call[];
  /** The last word is said, or the turn has used what it may. */
  isOver(): boolean;
  /** Takes what people said to this turn while it ran into what the model reads. No call waits for its result. */
  hear(): Promise<void>;
  /** The complete response, before any of its calls is run. */
  answer(answer: ModelAnswer & { messageId: string; beside: SentBeside }): Promise<void>;
  /** One call's result. */
  result(call: Call, result: ToolResult, artifactId: string | undefined): Promise<void>;
  frame: SendFrame;
  /** What the model has said of an answer that is not complete yet; null when it is. */
  speaks(partial: PartialAnswer | null): void;
  /** The turn's first word or call came at this time (epoch milliseconds). */
  firstWord(atMs: number): void;
}

/** What there is to work with. */
export interface ToolsPort {
  readonly ports: ToolPorts;
  readonly mode: Mode;
  /** Who works, where somebody named an agent: it has no other tools than its own. */
  readonly agent: Worker | undefined;
  offered(): Promise<Offered>;
  /** Stores what the result shows only the ends of, or only names; answers the artifact's id. */
  keepOutput(call: Call, result: CallResult): Promise<string | undefined>;
  /** All calls of a step have their results. Rejects where the turn ends here. */
  settled(calls: readonly Call[]): Promise<void>;
}

/** The call waits for somebody's yes, or for other sessions: the turn lets go, and goes on at the same call. */
export class Parked extends Error {
  override name = 'Parked';
}

/** What may become of a call. `told`: what the model reads besides its result. */
export type Judged =
  | { may: 'run'; call: Call; told?: string }
  | { may: 'not'; summary: string; told: string };

/** What may be done: asked at the door of every call, whatever was offered. */
export interface PolicyPort {
  /** Rejects with Parked where somebody must say yes first. */
  judge(call: Call): Promise<Judged>;
}

export type ModelRetry = { retries: number; minMs: number; maxMs: number };

export interface ModelPort {
  agentModel: AgentModel;
  retry: ModelRetry;
  /** Of the session: its requests begin alike. */
  cacheKey?: string;
  /** Each time that a request is about to leave. */
  onRequest(): void;
}

export type LoopPorts = {
  context: ContextPort;
  commit: CommitPort;
  tools: ToolsPort;
  policy: PolicyPort;
  model: ModelPort;
  /** Epoch milliseconds. */
  clock: () => number;
};

export type { Call, CallResult, ToolResult };
