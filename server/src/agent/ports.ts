import type { ModelMessage } from 'ai';
import type { ModelAnswer, ModelTimeouts } from './ask.ts';
import type { AgentModel } from './model.ts';
import type { Call, CallResult, Offered, ToolPorts, ToolResult } from './tools/tool.ts';

/** A piece of an unfinished text; `offset` in UTF-16 units. */
export type FramePiece = {
  kind: 'message' | 'tool';
  id: string;
  turnId: string;
  attempt: number;
  offset: number;
  text: string;
};

/** False once the turn is somebody else's: no more frames. */
export type SendFrame = (piece: FramePiece) => Promise<boolean>;

/** What was said before the call was cut short. */
export type PartialAnswer = { messageId: string; text: string };

/** What the model reads. */
export interface ContextPort {
  instructions(): Promise<string>;
  /** All messages with their attachments, newest last. */
  messages(): Promise<ModelMessage[]>;
}

/** Where a turn stands, and how it gets on: each write is whole or not at all. They reject where the turn is lost. */
export interface CommitPort {
  readonly turnId: string;
  /** Rises with each worker that takes the turn over: its frames replace those of the one before. */
  readonly fence: number;
  /** Answers of the model so far. */
  steps(): number;
  /** Calls of the last answer that have no result yet. */
  pending(): readonly Call[];
  /** The last word is said, or the turn has used what it may. */
  isOver(): boolean;
  /** The complete response, before any of its calls is run. */
  answer(answer: ModelAnswer & { messageId: string }): Promise<void>;
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
  offered(): Promise<Offered>;
  /** Stores the whole of an output that the result shows only the ends of; answers the artifact's id. */
  keepOutput(call: Call): Promise<string | undefined>;
  /** All calls of a step have their results. Rejects where the turn ends here. */
  settled(calls: readonly Call[]): Promise<void>;
}

export type ModelRetry = { retries: number; minMs: number; maxMs: number };

export interface ModelPort {
  agentModel: AgentModel;
  retry: ModelRetry;
  timeouts: ModelTimeouts;
  /** Each time that a request is about to leave. */
  onRequest(): void;
}

export type LoopPorts = {
  context: ContextPort;
  commit: CommitPort;
  tools: ToolsPort;
  model: ModelPort;
  /** Epoch milliseconds. */
  clock: () => number;
};

export type { Call, CallResult, ToolResult };
