import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { patienceMs } from '../../support/patience.ts';
import { pairingFault } from './pairing.ts';
import { parseMessages } from './parse.ts';
import { type Api, play } from './play.ts';
import type { Fault, Message, Script, Step } from './script.ts';

/** What was asked, in order of arrival. */
export type Asking = {
  api: Api;
  atMs: number;
  authorization: string;
  model: string;
  temperature: unknown;
  messages: Message[];
  tools: string[];
  /** Of the request's body, and its SHA-256: the same bytes or not. */
  bytes: number;
  digest: string;
  /** Which script answered, and with which of its steps. */
  marker: string;
  step: number;
  /** How it ended, once it did. */
  end: Promise<'answered' | 'aborted'>;
};

export type ScriptedModel = {
  /** For OPENAI_BASE_URL. */
  url: string;
  journal: readonly Asking[];
  /** Answers conversations whose newest prompt carries `#marker` with this script. */
  script(marker: string, script: Script): void;
  /** What was asked of one script so far. */
  askings(marker: string): Asking[];
  /** Resolves with the nth asking (from 1) of a script, once it came. */
  asked(marker: string, nth?: number): Promise<Asking>;
  close(): Promise<void>;
};

const unknownStep: Step = { say: 'Nothing is scripted for this prompt.' };

/** A server of our own that speaks both streaming APIs of OpenAI and says what its scripts say. */
export async function startScriptedModel(): Promise<ScriptedModel> {
  const scripts = new Map<string, Script>();
  const journal: Asking[] = [];
  const waiting = new Set<() => void>();
  const timesAsked = new Map<string, number>();

  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const api = apiOf(request.url ?? '');
    if (!api) return void response.writeHead(404).end();
    const text = await bodyOf(request);
    const body = JSON.parse(text) as Record<string, unknown>;
    const messages = parseMessages(body);
    const special = isSummary(messages) ? summaryMarker : isTitle(messages) ? titleMarker : null;
    const { marker, answers } = special ? { marker: special, answers: 0 } : place(messages, scripts);
    const ended = Promise.withResolvers<'answered' | 'aborted'>();
    const entry: Asking = {
      api,
      atMs: Date.now(),
      authorization: request.headers.authorization ?? '',
      model: String(body.model),
      temperature: body.temperature,
      messages,
      tools: toolNames(body.tools),
      bytes: Buffer.byteLength(text),
      digest: createHash('sha256').update(text).digest('hex'),
      marker,
      step: answers,
      end: ended.promise,
    };
    journal.push(entry);
    for (const look of waiting) look();
    const hungUp = new AbortController();
    response.on('close', () => {
      ended.resolve('aborted');
      hungUp.abort();
    });
    response.on('finish', () => ended.resolve('answered'));
    const script = scripts.get(marker) ?? [];
    const step =
      (typeof script === 'function' ? script({ answers, messages }) : script[answers]) ??
      (special === titleMarker ? {} : unknownStep);
    const usage = step.usage ?? { input: 100, output: 10 };
    const nth = timesAsked.get(`${marker}/${answers}`) ?? 0;
    timesAsked.set(`${marker}/${answers}`, nth + 1);
    const refused = pairingFault(messages);
    const refusal: Step | Fault | null = refused ? { fault: 'status', status: 400, message: refused } : null;
    const asked = { api, model: entry.model, aborted: hungUp.signal, usage };
    await play(response, asked, refusal ?? step.faults?.[nth] ?? step);
  }

  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const askings = (marker: string) => journal.filter(entry => entry.marker === marker);

  return {
    url: `http://127.0.0.1:${port}/v1`,
    journal,
    askings,
    script: (marker, script) => void scripts.set(marker, script),
    asked: (marker, nth = 1) => {
      const { promise, resolve, reject } = Promise.withResolvers<Asking>();
      const look = () => {
        const found = askings(marker)[nth - 1];
        if (!found) return;
        waiting.delete(look);
        resolve(found);
      };
      waiting.add(look);
      look();
      void sleep(patienceMs, undefined, { ref: false }).then(() =>
        reject(new Error(`#${marker} was asked ${askings(marker).length} times, not ${nth}`)),
      );
      return promise;
    },
    async close() {
      server.closeAllConnections();
      await new Promise(resolve => server.close(resolve));
    },
  };
}

function apiOf(url: string): Api | null {
  if (url.endsWith('/v1/responses')) return 'responses';
  return url.endsWith('/v1/chat/completions') ? 'chat' : null;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

function toolNames(tools: unknown): string[] {
  if (!Array.isArray(tools)) return [];
  return tools.map(
    (tool: { name?: string; function?: { name?: string } }) => tool.name ?? tool.function?.name ?? '',
  );
}

/** Its script answers who asks for a summary of a session. */
export const summaryMarker = 'summary';
const isSummary = ([first]: Message[]) => first?.text.startsWith('You keep the memory') ?? false;

/** Its script answers who asks for the title of a session; without one there is no answer. */
export const titleMarker = 'title';
const isTitle = ([first]: Message[]) => first?.text.startsWith('You name a request') ?? false;

/** The newest prompt that names a script, and how many answers were given since. */
function place(messages: Message[], scripts: Map<string, Script>): { marker: string; answers: number } {
  for (let at = messages.length - 1; at >= 0; at--) {
    const message = messages[at];
    if (message?.role !== 'user') continue;
    const marker = [...message.text.matchAll(/#([\w-]+)/g)]
      .map(match => match[1] ?? '')
      .find(name => scripts.has(name));
    if (!marker) continue;
    return { marker, answers: messages.slice(at).filter(({ role }) => role === 'assistant').length };
  }
  return { marker: '', answers: 0 };
}
