/** What a scripted model says and does, and how it fails. */

/** Text (or what makes it when its time has come), a pause in ms, or a gate: the stream waits until it settles. */
export type Piece = string | (() => string) | number | Promise<unknown>;

/** `raw` is sent as the arguments as it stands, to be invalid on purpose. */
export type Call = { tool: string; input: object } | { tool: string; raw: string };

export type Usage = { input: number; output: number };

/** How one asking goes wrong; the next asking of the same step gets the next fault, or the answer. */
export type Fault =
  | { fault: 'status'; status: number; headers?: Record<string, string>; message?: string }
  /** The socket is cut after these pieces. */
  | { fault: 'cut'; say: Piece[] }
  /** The response ends in good order, but without its finish. */
  | { fault: 'eof'; say: Piece[] }
  /** A line that is no JSON comes after these pieces. */
  | { fault: 'garbage'; say: Piece[] };

/** One answer of the model. */
export type Step = {
  /** A summary of its reasoning, before its words. */
  thinks?: Piece | Piece[];
  say?: Piece | Piece[];
  calls?: Call[];
  faults?: Fault[];
  usage?: Usage;
  /** Before the first byte, headers among them. */
  firstByteMs?: number;
  /** Lines that a client must skip: comments, unknown events, empty deltas. */
  noise?: boolean;
  /** Splits the response's bytes into writes of this size, wherever that falls. */
  bytesPerWrite?: number;
};

/** Chooses the step by how many answers the model gave since the prompt, and what it was asked. */
export type Script = Step[] | ((asked: { answers: number; messages: Message[] }) => Step);

/** A message of either API, in common words. */
export type Message = {
  role: 'system' | 'user' | 'assistant' | 'tool';
  text: string;
  /** Data urls or urls of images and files. */
  files: { kind: 'image' | 'file'; url: string }[];
  calls: { id: string; tool: string; arguments: string }[];
  /** Of a tool's result: the call it answers. */
  callId?: string;
};

export const pieces = (say: Piece | Piece[] | undefined): Piece[] =>
  say === undefined ? [] : Array.isArray(say) ? say : [say];

export const bash = (command: string, timeoutMs?: number): Call => ({
  tool: 'bash',
  input: { command, ...(timeoutMs === undefined ? {} : { timeoutMs }) },
});
export const write = (path: string, content: string): Call => ({ tool: 'write', input: { path, content } });
export const read = (path: string): Call => ({ tool: 'read', input: { path } });

/** The agent's own list: `text: status`, one a line. */
export const todo = (...items: [text: string, status: string][]): Call => ({
  tool: 'plan',
  input: { items: items.map(([text, status]) => ({ text, status })) },
});

/** Everything done: a last word. */
export const done = (text = 'All done.'): Step => ({ say: text });

/** A promise that the test opens, for a model that waits in the middle of its words. */
export function gate(): { wait: Promise<void>; open: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { wait: promise, open: resolve };
}
