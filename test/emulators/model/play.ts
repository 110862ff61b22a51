import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { chatWriter } from './chat.ts';
import { responsesWriter } from './responses.ts';
import { type Call, type Fault, type Piece, pieces, type Step, type Usage } from './script.ts';
import type { ApiWriter, Send } from './writer.ts';

export type Api = 'responses' | 'chat';
export type Asked = { api: Api; model: string; aborted: AbortSignal; usage: Usage };

/** Argument pieces of three UTF-16 units fall inside escapes, words and surrogate pairs. */
const argumentUnits = 3;
/** Of a call that would be millions of such pieces: what it costs to read them is not what is tried then. */
const longUnits = 4_096;

/** Answers one request with a step, or with one of its faults. Ends early when the other side hangs up. */
export async function play(response: ServerResponse, asked: Asked, step: Step | Fault): Promise<void> {
  if ('fault' in step && step.fault === 'status') return refuse(response, step);
  if (!('fault' in step) && step.firstByteMs) await pause(step.firstByteMs, asked.aborted);
  if (asked.aborted.aborted) return;
  response.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
  });
  const size = 'fault' in step ? undefined : step.bytesPerWrite;
  const send = sender(response, size);
  const writer = (asked.api === 'chat' ? chatWriter : responsesWriter)(send, asked.model);
  await writer.begin();
  const { think, text } = writer;
  const thought = 'fault' in step || (await speak(think, pieces(step.thinks), asked.aborted));
  if (!thought) return;
  const whole = await speak(text, 'fault' in step ? step.say : pieces(step.say), asked.aborted);
  if (!whole) return;
  if ('fault' in step) return fail(response, step, send);
  if (step.noise) await writer.noise();
  for (const call of step.calls ?? []) await writer.call(spell(call));
  await writer.finish(asked.usage);
  response.end();
}

function sender(response: ServerResponse, size: number | undefined): Send {
  return async text => {
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.length; at += size ?? bytes.length) {
      if (response.destroyed) return;
      const piece = bytes.subarray(at, at + (size ?? bytes.length));
      await new Promise<void>(resolve => response.write(piece, () => resolve()));
    }
  };
}

/** False where the other side hung up. */
async function speak(write: ApiWriter['text'], said: Piece[], aborted: AbortSignal): Promise<boolean> {
  for (const piece of said) {
    if (typeof piece === 'string') await write(piece);
    else if (typeof piece === 'function') await write(piece());
    else await pause(piece, aborted);
    if (aborted.aborted) return false;
  }
  return true;
}

async function pause(until: number | Promise<unknown>, aborted: AbortSignal): Promise<void> {
  const hungUp = new Promise<void>(resolve => {
    if (aborted.aborted) resolve();
    aborted.addEventListener('abort', () => resolve(), { once: true });
  });
  await Promise.race([typeof until === 'number' ? sleep(until) : until, hungUp]);
}

function spell(call: Call): { callId: string; tool: string; deltas: string[] } {
  const text = 'raw' in call ? call.raw : JSON.stringify(call.input);
  const units = text.length > 1024 * 1024 ? longUnits : argumentUnits;
  const deltas: string[] = [];
  for (let at = 0; at < text.length; at += units) deltas.push(text.slice(at, at + units));
  return { callId: `call_${crypto.randomUUID().slice(0, 12)}`, tool: call.tool, deltas: whole(deltas) };
}

/** JSON on the wire cannot carry half a character; everything else may be torn apart. */
function whole(deltas: string[]): string[] {
  return deltas.reduce<string[]>((kept, delta) => {
    const last = kept.at(-1);
    if (last !== undefined && !last.isWellFormed()) kept[kept.length - 1] = last + delta;
    else kept.push(delta);
    return kept;
  }, []);
}

function refuse(response: ServerResponse, fault: Fault & { fault: 'status' }): void {
  const message = fault.message ?? `The scripted model answers ${fault.status}.`;
  response.writeHead(fault.status, { 'content-type': 'application/json', ...fault.headers });
  response.end(JSON.stringify({ error: { message, type: 'scripted', code: null, param: null } }));
}

async function fail(response: ServerResponse, fault: Fault, send: Send): Promise<void> {
  switch (fault.fault) {
    case 'cut':
      response.destroy();
      return;
    case 'eof':
      response.end();
      return;
    case 'garbage':
      await send('data: {"this is": not json\n\n');
      await send('\u0000\u0001 and a line without a field\n\n');
      response.end();
      return;
    case 'status':
      return;
  }
}
