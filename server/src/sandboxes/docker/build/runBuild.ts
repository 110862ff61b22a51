import type { Readable } from 'node:stream';
import { failure, type Result } from '@deckhand/shared';
import type Docker from 'dockerode';
import { engineFailure, statusOf } from '../errors.ts';

/** `ulimits`: as JSON, which the types of the client do not know. */
type Options = Omit<Docker.ImageBuildOptions, 'abortSignal'> & { ulimits?: string };
export type Listening = {
  onLog: (text: string) => void;
  /** Hears the id of each step's container before it runs. */
  onStep?: (id: string) => void;
  /** Hears the id of each layer once it is made. */
  onLayer?: (id: string) => void;
  signal: AbortSignal;
};

const lastLines = 20;
const lastChars = 800;

/** One `docker build`. Ended by the signal, also on the engine: it gives up when nobody listens. */
export async function engineBuild(
  docker: Docker,
  { context, what, ...options }: Options & { context: Readable; what: string },
  { onLog, onStep, onLayer, signal }: Listening,
): Promise<Result<{ id: string }>> {
  const broken = new AbortController();
  context.once('error', error => broken.abort(error));
  let step = '';
  let id = '';
  const said: string[] = [];
  try {
    const abortSignal = AbortSignal.any([signal, broken.signal]);
    // The engine's own builder, in whose containers limits can be held.
    const stream = await docker.buildImage(context, { version: '1', ...options, abortSignal });
    let isUnheld = false;
    for await (const event of eventsOf(stream)) {
      if (event.error !== undefined) return refused(what, step, [...said, event.error]);
      if (event.aux?.ID) id = event.aux.ID;
      const text = (event.stream ?? event.status)?.replaceAll(colours, '');
      if (text === undefined) continue;
      // Steps of ours in between are none of theirs.
      const [, layer] = /^ ---> ([0-9a-f]{12})\s*$/.exec(text) ?? [];
      if (layer) onLayer?.(layer);
      const [, container] = /^ ---> Running in ([0-9a-f]{12,64})\s*$/.exec(text) ?? [];
      if (container) onStep?.(container);
      if (container || /^ ---> Using cache/.test(text)) isUnheld = false;
      const begins = /^step \d+\/\d+ ?: /i.test(text);
      // A step of theirs that ran without a word of where is one that nothing limited.
      if (begins && isUnheld) return unheld(what);
      if (begins) {
        step = text.trim();
        isUnheld = /^step \d+\/\d+ ?: run\b/i.test(text);
      }
      onLog(text.endsWith('\n') || event.stream !== undefined ? text : `${text}\n`);
      if (text.trim()) said.push(text.trim());
      if (said.length > lastLines) said.shift();
    }
    signal.throwIfAborted();
    if (isUnheld) return unheld(what);
    return id
      ? { ok: true, id }
      : failure('internal', `The engine ended the build of ${what} without a word.`);
  } catch (error) {
    signal.throwIfAborted();
    if (broken.signal.aborted)
      return failure(
        'bad_request',
        `The files for ${what} could not be read: ${wordsOf(broken.signal.reason)}`,
      );
    // What the engine says of a Dockerfile before its first step.
    if (statusOf(error) === 400 || statusOf(error) === 500) return refused(what, step, [wordsOf(error)]);
    return engineFailure(error);
  }
}

const unheld = (what: string): Result & { ok: false } =>
  failure(
    'bad_request',
    `${what} is not built here: this engine's builder does not say where its steps run, so their processes and what they write could not be limited. Name an image that is built elsewhere.`,
  );

function refused(what: string, step: string, said: string[]): Result & { ok: false } {
  const words = said.join('\n');
  if (/no space left on device/i.test(words))
    return failure('disk_full', "The engine's disk is full; free some with: docker system prune");
  const [reason = ''] = said.slice(-1);
  const before = said.slice(0, -1).filter(text => !/^(Step \d+|--->|Removing intermediate)/.test(text));
  const last = before.join('\n').slice(-lastChars);
  return failure(
    'bad_request',
    `${what} failed${step ? ` at ${step}` : ''}: ${reason.trim()}${last ? `\n${last}` : ''}`,
  );
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: the escape that begins a colour
const colours = /\u001b\[[\d;]*m/g;

type Event = { error?: string; stream?: string; status?: string; aux?: { ID?: string } };

/** The engine speaks in lines of JSON. How far a download is goes by. */
async function* eventsOf(stream: NodeJS.ReadableStream): AsyncGenerator<Event> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of stream) {
    const lines = (rest + decoder.decode(chunk as Buffer, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const event = parse(line);
      if (event && !('progress' in event)) yield event;
    }
  }
}

function parse(line: string): Event | null {
  try {
    return JSON.parse(line) as Event;
  } catch {
    return null;
  }
}

const wordsOf = (error: unknown): string => (Error.isError(error) ? error.message : String(error));

/** Fetches an image from its registry. */
export async function enginePull(
  docker: Docker,
  image: string,
  { onLog, signal }: Listening,
): Promise<Result> {
  const refusal = (why: string) =>
    failure(
      'bad_request',
      `The image ${image} is not on the engine and could not be pulled: ${why.trim().slice(0, 300)}. Check its name, or pull it on the engine's machine: docker pull ${image}`,
    );
  try {
    const stream = await docker.pull(image, { abortSignal: signal });
    for await (const event of eventsOf(stream)) {
      if (event.error !== undefined)
        return /no space left/i.test(event.error) ? refused(image, '', [event.error]) : refusal(event.error);
      if (event.status) onLog(`${event.status}\n`);
    }
    signal.throwIfAborted();
    return { ok: true };
  } catch (error) {
    signal.throwIfAborted();
    return statusOf(error) === undefined ? engineFailure(error) : refusal(wordsOf(error));
  }
}
