import {
  type BoardDraft,
  type BoardKind,
  type CommandEnd,
  limits,
  startOf,
  type TodoItem,
  type WorkflowGraph,
} from '@deckhand/shared';
import type { z } from 'zod';
import { promptText } from '../texts.ts';

/** A call that the model asked for. */
export type Call = {
  callId: string;
  /** The model's own id for it, which its result must carry. */
  modelCallId: string;
  tool: string;
  input: unknown;
  /** Arguments that are not of the tool's shape: never run, the model is told. */
  invalid?: string | undefined;
  /** Where text was from, when the model asked for it, that nobody here wrote. */
  untrusted?: string[] | undefined;
};

/** Ends the turn: there is nothing to do before somebody answers. */
export type Asked = { outcome: 'asked'; question: string; choices?: string[] | undefined };

/** What became of a call, for the log and for the model. */
export type CallResult = {
  ok: boolean;
  summary: string;
  output: string;
  truncated: boolean;
  durationMs: number;
  /** A file of the sandbox that the model is to look at; the artifact holds it. */
  shown?: { path: string; bytes: number };
  /** Of a command. */
  ended?: CommandEnd;
};
/** `todo`: the agent's own list from now on. */
export type ToolResult = CallResult & { ending?: Asked; todo?: TodoItem[] };

/** Words for the model, where there is nothing else to tell. */
export type Told = { ok: boolean; text: string };

/** The session's change on its host. */
export interface ChangePort {
  open(words: { title: string; body: string; draft: boolean }): Promise<Told>;
  update(words: {
    title?: string | undefined;
    body?: string | undefined;
    draft?: boolean | undefined;
  }): Promise<Told>;
  reviews(): Promise<Told>;
  checks(name: string | undefined): Promise<Told>;
  comment(remark: { callId: string; text: string; inReplyTo?: number | undefined }): Promise<Told>;
}

/** The session's blackboard. */
export interface BoardPort {
  write(call: Call, written: BoardDraft & { url?: string | undefined }): Promise<Told>;
  read(wanted: { query?: string | undefined; kind?: BoardKind | undefined }): Promise<Told>;
}

/** What a child session is asked for. */
export type Spawn = {
  repo?: string | undefined;
  title: string;
  prompt: string;
  agent?: string | undefined;
  budget?: { tokens?: number | undefined; minutes?: number | undefined } | undefined;
};

/** Sessions that this one's agent begins, in the name of the person who asked. */
export interface ChildrenPort {
  spawn(call: Call, asked: Spawn): Promise<Told & { childId?: string }>;
  /** Of one of them; of all where none is named. */
  status(sessionId: string | undefined): Promise<Told>;
  message(call: Call, sent: { sessionId: string; text: string }): Promise<Told>;
  /** Rejects with Parked while they work. */
  wait(
    call: Call,
    wanted: { sessionIds?: string[] | undefined; any: boolean; minutes: number },
  ): Promise<Told>;
}

/** The session's log. */
export interface HistoryPort {
  /** The output of a call that ended, from `offset` on; in UTF-16 units. */
  result(callId: string, range: { offset: number; limit: number }): Promise<CallResult>;
  /** Entries in which all words of the query stand, newest first. */
  search(query: string, before: number | undefined): Promise<CallResult>;
}

/** Parts of the work that other agents do. Asking again after a crash goes on with the same task. */
export interface TasksPort {
  delegate(
    call: Call,
    task: { agent: string; goal: string; input?: string | undefined; background?: boolean | undefined },
  ): Promise<CallResult>;
  /** Of all that were given, where none is named. */
  status(taskIds: readonly string[] | undefined): Promise<CallResult>;
  wait(taskIds: readonly string[] | undefined): Promise<CallResult>;
  cancel(taskId: string): Promise<CallResult>;
  message(call: Call, told: { taskId: string; text: string }): Promise<CallResult>;
}

/** A graph of parts that people are to approve before agents do them. */
export interface WorkflowPort {
  propose(call: Call, graph: WorkflowGraph): Promise<Told>;
}

/** Where tools do what they do. Doing a call again after a crash must be safe: each port says how. */
export type ToolPorts = {
  /** The session's sandbox, where a call runs at most once. */
  sandbox: { run(call: Call): Promise<CallResult> };
  change: ChangePort;
  /** The page on which somebody picked something. */
  page: { expand(call: Call, asked: { pickId: string; node: number }): Promise<CallResult> };
  history: HistoryPort;
  children: ChildrenPort;
  board: BoardPort;
  tasks: TasksPort;
  workflow: WorkflowPort;
};

/**
 * What there is to work on: a host with pull requests, a page that somebody picked something from, other sessions that it
 * may begin, agents to delegate to, somebody who takes a graph of parts.
 */
export type Offered = {
  pulls: boolean;
  page: boolean;
  children: boolean;
  tasks: boolean;
  workflows: boolean;
};

/** One tool, all of it: what it is called, what the model reads of it, what it takes, what it does. */
export type Tool = {
  name: string;
  words: string;
  schema: z.ZodType;
  /** Calls that only read run side by side, and leave no work to keep. */
  readOnly: boolean;
  /** It runs beside other calls of its step though it may change something: it sees to it that they do not meet. */
  sideBySide: boolean;
  /** Allowed while a plan is made: it changes nothing anywhere. */
  planning: boolean;
  /** After all others of its step. */
  comesLast: boolean;
  offeredWhen(offered: Offered): boolean;
  run(call: Call, ports: ToolPorts): Promise<ToolResult>;
};

/** A tool with its description from `<name>.md`. What it runs on has its shape: calls are checked as they come in. */
export function defineTool<I>(tool: {
  name: string;
  schema: z.ZodType<I>;
  readOnly?: boolean;
  sideBySide?: boolean;
  planning?: boolean;
  comesLast?: boolean;
  offeredWhen?: (offered: Offered) => boolean;
  run: (input: I, call: Call, ports: ToolPorts) => Promise<ToolResult>;
}): Tool {
  const {
    name,
    schema,
    readOnly = false,
    sideBySide = readOnly,
    comesLast = false,
    offeredWhen = () => true,
  } = tool;
  const { planning = readOnly } = tool;
  return {
    name,
    words: promptText(`./tools/${name}.md`),
    schema,
    readOnly,
    sideBySide,
    planning,
    comesLast,
    offeredWhen,
    run: (call, ports) => tool.run(schema.parse(call.input), call, ports),
  };
}

/** What there is to tell, as a call's result. */
export function toldResult({ ok, text }: Told): CallResult {
  const summary = text.split('\n')[0]?.slice(0, 200) ?? '';
  const output = startOf(text, limits.toolOutputShownChars);
  return { ok, summary, output, truncated: false, durationMs: 0 };
}

export const notRun = (summary: string, output = summary): CallResult => ({
  ok: false,
  summary,
  output,
  truncated: false,
  durationMs: 0,
});
