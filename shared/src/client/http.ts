import type { Http } from '../httpForm.ts';
import { Attachment, type CommandInput, type CommandOutput, commands, type HttpCommand } from '../index.ts';
import { type ClientFailure, type ClientResult, localFailure, wireFailure } from './result.ts';

export type HttpClient = {
  [N in HttpCommand]: (
    input: CommandInput<N>,
    options?: { signal?: AbortSignal },
  ) => Promise<ClientResult<CommandOutput<N>>>;
};
/** A token, or who knows the one that counts now (a short-lived one is renewed). */
export type Token = string | (() => Promise<string | undefined>);
export const tokenOf = async (token: Token | undefined) => (typeof token === 'function' ? token() : token);
/** Called when the server refused the token: whether there is another now, so that it helps to ask again. */
export type Refused = () => Promise<boolean>;
export type HttpDoor = {
  url: string;
  token: Token | undefined;
  refused?: Refused | undefined;
  fetch: typeof fetch;
  timeoutMs: number;
};

/** One function for each command that HTTP offers, made from the table. */
export function createHttp(door: HttpDoor): HttpClient {
  const entries = Object.entries(commands).flatMap(([name, command]) => {
    const { output } = command;
    const http: Http | null = command.http;
    if (http === null) return [];
    const call = async (input: Record<string, unknown>, options: { signal?: AbortSignal } = {}) => {
      const request = requestOf(http, input);
      const { timeoutMs = door.timeoutMs } = http;
      const answer = await ask({ ...door, timeoutMs }, request.path, { ...request.init, ...options });
      if (!answer.ok) return answer;
      const parsed = output.safeParse(answer.body);
      return parsed.success ? { ok: true, ...parsed.data } : localFailure('bad_answer');
    };
    return [[name, call]];
  });
  return Object.fromEntries(entries);
}

/** Path parameters come out of the input; what remains is the query where there is no body. */
export function requestOf(
  http: { method: string; path: string },
  input: Record<string, unknown>,
): { path: string; init: RequestInit } {
  const rest = new Map(Object.entries(input).filter(([, value]) => value !== undefined));
  const path = http.path.replace(/:(\w+)/g, (_, name: string) => {
    const value = rest.get(name);
    rest.delete(name);
    return encodeURIComponent(String(value));
  });
  if (http.method === 'POST' || http.method === 'PATCH') {
    const body = JSON.stringify(Object.fromEntries(rest));
    return { path, init: { method: http.method, body, headers: { 'content-type': 'application/json' } } };
  }
  const query = new URLSearchParams([...rest].map(([name, value]) => [name, inQuery(value)]));
  return { path: rest.size ? `${path}?${query}` : path, init: { method: http.method } };
}

const inQuery = (value: unknown) => (typeof value === 'object' ? JSON.stringify(value) : String(value));

/** The file's bytes are the body; its name travels in the query, its type as the content type. */
export async function uploadAttachment(
  door: HttpDoor,
  file: Blob & { name?: string },
): Promise<ClientResult<{ attachment: Attachment }>> {
  const answer = await ask({ ...door, timeoutMs: door.timeoutMs * 6 }, `/attachments?${nameOf(file)}`, {
    method: 'POST',
    body: file,
    headers: { 'content-type': file.type || 'application/octet-stream' },
  });
  if (!answer.ok) return answer;
  const attachment = Attachment.safeParse((answer.body as { attachment?: unknown }).attachment);
  return attachment.success ? { ok: true, attachment: attachment.data } : localFailure('bad_answer');
}

/** A picture of an element before or after a change, kept with the session. */
export async function uploadScreenshot(
  door: HttpDoor,
  { sessionId, name, picture }: { sessionId: string; name: string; picture: Blob },
): Promise<ClientResult<{ artifactId: string }>> {
  const answer = await ask(
    { ...door, timeoutMs: door.timeoutMs * 6 },
    `/sessions/${sessionId}/screenshots?${nameOf({ name })}`,
    { method: 'POST', body: picture, headers: { 'content-type': 'image/png' } },
  );
  if (!answer.ok) return answer;
  const { artifactId } = answer.body as { artifactId?: unknown };
  return typeof artifactId === 'string' ? { ok: true, artifactId } : localFailure('bad_answer');
}

const nameOf = (file: { name?: string }) => new URLSearchParams({ name: file.name ?? 'file' });

type Answered = { ok: true; body: object } | ClientFailure;

async function ask(door: HttpDoor, path: string, init: RequestInit): Promise<Answered> {
  const answer = await askOnce(door, path, init);
  const refused = !answer.ok && answer.code === 'unauthorized';
  return refused && (await door.refused?.()) ? askOnce(door, path, init) : answer;
}

async function askOnce(door: HttpDoor, path: string, init: RequestInit): Promise<Answered> {
  const headers = new Headers(init.headers);
  const token = await tokenOf(door.token);
  if (token) headers.set('authorization', `Bearer ${token}`);
  const timeout = AbortSignal.timeout(door.timeoutMs);
  const signal = init.signal ? AbortSignal.any([init.signal, timeout]) : timeout;
  try {
    const response = await door.fetch(`${door.url}/api${path}`, {
      ...init,
      headers,
      signal,
      credentials: 'same-origin',
    });
    const body: unknown = response.status === 204 ? {} : await response.json().catch(() => null);
    if (response.ok && typeof body === 'object' && body !== null) return { ok: true, body };
    return wireFailure((body as { error?: unknown } | null)?.error) ?? localFailure('bad_answer');
  } catch {
    return localFailure(timeout.aborted ? 'timeout' : 'offline');
  }
}
