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
};
export type ToolResult = CallResult & { ending?: Asked };

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

/** Where tools do what they do. Doing a call again after a crash must be safe: each port says how. */
export type ToolPorts = {
  /** The session's sandbox, where a call runs at most once. */
  sandbox: { run(call: Call): Promise<CallResult> };
  change: ChangePort;
  /** The page on which somebody picked something. */
  page: { expand(call: Call, asked: { pickId: string; node: number }): Promise<CallResult> };
};

/** What there is to work on: a host with pull requests, a page that somebody picked something from. */
export type Offered = { pulls: boolean; page: boolean };

/** One tool, all of it: what it is called, what the model reads of it, what it takes, what it does. */
export type Tool = {
  name: string;
  words: string;
  schema: z.ZodType;
  /** Calls that only read run side by side, and leave no work to keep. */
  readOnly: boolean;
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
  comesLast?: boolean;
  offeredWhen?: (offered: Offered) => boolean;
  run: (input: I, call: Call, ports: ToolPorts) => Promise<ToolResult>;
}): Tool {
  const { name, schema, readOnly = false, comesLast = false, offeredWhen = () => true } = tool;
  return {
    name,
    words: promptText(`./tools/${name}.md`),
    schema,
    readOnly,
    comesLast,
    offeredWhen,
    run: (call, ports) => tool.run(schema.parse(call.input), call, ports),
  };
}

export const notRun = (summary: string, output = summary): CallResult => ({
  ok: false,
  summary,
  output,
  truncated: false,
  durationMs: 0,
});
