import {
  type Attachment,
  type CommandInput,
  type CommandOutput,
  type DiffRange,
  type PageAsk,
  type PromptMode,
  type PromptWhen,
  patchPath,
  type SocketCommand,
} from '../index.ts';
import { type Download, download, exportPath, readText } from './download.ts';
import { type Follow, type FollowHandlers, type FollowStart, followSession } from './follow.ts';
import {
  createHttp,
  type HttpClient,
  type Refused,
  type Token,
  tokenOf,
  uploadAttachment,
  uploadScreenshot,
} from './http.ts';
import { createLink } from './link.ts';
import { createOutbox, type Outbox, type OutboxStorage } from './outbox.ts';
import type { ClientResult } from './result.ts';
import { withRetries } from './retry.ts';
import { type OpenTerminal, openTerminal, type TerminalHandlers } from './terminal.ts';

export type ClientOptions = {
  /** Where the server is, without a path; an empty string is the page's own origin. */
  url: string;
  /** A bearer token; without one the browser's session cookie counts. */
  token?: Token;
  refused?: Refused;
  fetch?: typeof fetch;
  transports?: ('websocket' | 'polling')[];
  /** Where unsent prompts outlive a reload. */
  storage?: OutboxStorage;
  ackTimeoutMs?: number;
};

export type Client = {
  http: HttpClient;
  uploadAttachment: (file: Blob & { name?: string }) => Promise<ClientResult<{ attachment: Attachment }>>;
  uploadScreenshot: (
    sessionId: string,
    name: string,
    picture: Blob,
  ) => Promise<ClientResult<{ artifactId: string }>>;
  /** An artifact's bytes, with our token; null where it cannot be had. */
  loadArtifact: (sessionId: string, artifactId: string) => Promise<Blob | null>;
  /** Where an artifact is downloaded; who opens it must be signed in. */
  artifactUrl: (sessionId: string, artifactId: string) => string;
  /** A file that came with one of its prompts; who opens it must be signed in. */
  attachmentUrl: (sessionId: string, attachmentId: string) => string;
  /** Where a session is downloaded as a SQLite file; who opens it must be signed in. */
  exportUrl: (sessionId: string) => string;
  exportSession: (sessionId: string) => Promise<ClientResult<Download>>;
  /** Where what a session changed is downloaded for `git apply`; who opens it must be signed in. */
  patchUrl: (sessionId: string, range?: DiffRange) => string;
  downloadPatch: (sessionId: string, range?: DiffRange) => Promise<ClientResult<Download>>;
  /** What a path of the server answers that is no JSON, e.g. `statsCsvPath(…)`. */
  text: (path: string) => Promise<ClientResult<{ text: string }>>;
  /** Over the socket, asked again while that may help; `requestId` makes it the same command each time. */
  command: <N extends SocketCommand>(
    name: N,
    input: CommandInput<N>,
  ) => Promise<ClientResult<CommandOutput<N>>>;
  /** Once, for what nobody misses when it is lost. */
  tell: <N extends SocketCommand>(name: N, input: CommandInput<N>) => void;
  /** Puts a prompt on its way; it is kept until the server has it. Returns its `requestId`. */
  send: (prompt: {
    sessionId: string;
    text: string;
    attachments?: readonly Attachment[];
    model?: string | undefined;
    when?: PromptWhen | undefined;
    mode?: PromptMode | undefined;
  }) => string;
  outbox: Outbox;
  follow: (sessionId: string, handlers: FollowHandlers & { start?: FollowStart }) => Follow;
  /** The terminal in a session's sandbox, for as long as somebody looks at it. */
  openTerminal: (
    sessionId: string,
    size: { columns: number; rows: number },
    handlers: TerminalHandlers,
  ) => OpenTerminal;
  /** What the agent asks of pages that this person picked from, in sessions that are followed. Call the answer to stop. */
  onPageAsk: (hear: (ask: PageAsk) => void) => () => void;
  close: () => void;
};

export const newRequestId = () => crypto.randomUUID();

export function createClient(options: ClientOptions): Client {
  const { url, token, refused, transports, storage, ackTimeoutMs = 10_000 } = options;
  // Bound, because browsers refuse to run `fetch` as another object's method.
  const door = { url, token, refused, fetch: options.fetch ?? fetch.bind(globalThis), timeoutMs: 20_000 };
  const closed = new AbortController();
  const http = createHttp(door);
  const link = createLink({ url, token, refused, transports, ackTimeoutMs });

  const command: Client['command'] = (name, input) => withRetries(() => link.ask(name, input), closed.signal);
  const outbox = createOutbox(
    ({ sessionId, requestId, text, attachments, model, when, mode }) =>
      command('prompt.send', {
        sessionId,
        requestId,
        text,
        attachments: attachments.map(({ attachmentId }) => attachmentId),
        ...(model ? { model } : {}),
        ...(when ? { when } : {}),
        ...(mode ? { mode } : {}),
      }),
    storage,
  );
  const pump = { state: ({ up }: { up: boolean }) => up && outbox.pumpAll() };
  let pumping = false;
  const startPump = () => {
    if (!pumping) link.listen(pump);
    pumping = true;
  };
  if (outbox.entries().length > 0) startPump();

  return {
    http,
    command,
    outbox,
    uploadAttachment: file => uploadAttachment(door, file),
    uploadScreenshot: (sessionId, name, picture) => uploadScreenshot(door, { sessionId, name, picture }),
    async loadArtifact(sessionId, artifactId) {
      const known = await tokenOf(token);
      const headers: Record<string, string> = known ? { authorization: `Bearer ${known}` } : {};
      const answer = await door
        .fetch(`${url}/api/sessions/${sessionId}/artifacts/${artifactId}`, {
          headers,
          credentials: 'same-origin',
        })
        .catch(() => null);
      return answer?.ok ? answer.blob() : null;
    },
    artifactUrl: (sessionId, artifactId) => `${url}/api/sessions/${sessionId}/artifacts/${artifactId}`,
    attachmentUrl: (sessionId, attachmentId) =>
      `${url}/api/sessions/${sessionId}/attachments/${attachmentId}`,
    exportUrl: sessionId => url + exportPath(sessionId),
    exportSession: sessionId => download(door, { path: exportPath(sessionId), name: `${sessionId}.sqlite` }),
    patchUrl: (sessionId, range) => url + patchPath(sessionId, range),
    downloadPatch: (sessionId, range) =>
      download(door, { path: patchPath(sessionId, range), name: `${sessionId}.patch` }),
    text: path => readText(door, path),
    tell: (name, input) => {
      if (link.state().up) void link.ask(name, input);
    },
    send({ sessionId, text, attachments = [], model, when, mode }) {
      const requestId = newRequestId();
      startPump();
      const createdAt = new Date().toISOString();
      outbox.add({
        ...{ requestId, sessionId, text, attachments: [...attachments], createdAt },
        ...(model ? { model } : {}),
        ...(when ? { when } : {}),
        ...(mode ? { mode } : {}),
      });
      return requestId;
    },
    follow: (sessionId, { start = { tail: 200 }, ...handlers }) =>
      followSession({ link, http }, sessionId, start, handlers),
    openTerminal: (sessionId, size, handlers) => openTerminal(link, { sessionId, ...size }, handlers),
    onPageAsk: hear => link.listen({ pageAsk: hear }),
    close() {
      closed.abort();
      outbox.close();
      link.close();
    },
  };
}
