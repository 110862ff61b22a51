import type { Duplex } from 'node:stream';
import {
  type DiskAnswer,
  type DiskFaultCode,
  type DiskOp,
  DiskReply,
  diskAnswers,
  type RequestOf,
} from '@deckhand/sandbox/disks';

export type Refusal = { ok: false; code: DiskFaultCode; message: string };
export type Answered<O extends DiskOp> = { ok: true; answer: DiskAnswer<O> } | Refusal;

export interface DiskRequests {
  /** What the other side said first. */
  opened: DiskReply;
  /** Undefined: the stream ended before the answer came. */
  ask<O extends DiskOp>(request: RequestOf<O>): Promise<Answered<O> | undefined>;
  isOver(): boolean;
  close(): void;
}

/** Numbered requests over one stream, a line of JSON each; answers come in any order. Undefined where it ends at once. */
export async function diskRequests(stream: Duplex): Promise<DiskRequests | undefined> {
  const waiting = new Map<number, (reply: DiskReply | undefined) => void>();
  let last = 0;
  let over = false;
  const answered = (request: number) =>
    new Promise<DiskReply | undefined>(resolve =>
      over ? resolve(undefined) : waiting.set(request, resolve),
    );

  const take = (line: string) => {
    const reply = DiskReply.safeParse(parse(line));
    // What is no answer breaks the protocol: whoever waits asks anew over another stream.
    if (!reply.success) return void stream.destroy();
    const resolve = waiting.get(reply.data.request);
    waiting.delete(reply.data.request);
    resolve?.(reply.data);
  };
  const decoder = new TextDecoder();
  let rest = '';
  stream.on('data', (bytes: Buffer) => {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) take(line);
  });
  stream.on('error', () => {});
  // Not a promise of it: one that an error comes before would reject, and nobody waits for it.
  stream.once('close', () => {
    over = true;
    for (const resolve of waiting.values()) resolve(undefined);
    waiting.clear();
  });
  stream.on('end', () => stream.destroy());

  const opened = await answered(0);
  if (!opened) return undefined;
  return {
    opened,
    ask: async <O extends DiskOp>(asked: RequestOf<O>): Promise<Answered<O> | undefined> => {
      const request = ++last;
      const reply = answered(request);
      stream.write(`${JSON.stringify({ request, ...asked })}\n`);
      const said = await reply;
      if (!said?.ok) return said;
      const answer = diskAnswers[asked.op].safeParse(said.answer);
      if (answer.success) return { ok: true, answer: answer.data as DiskAnswer<O> };
      return { ok: false, code: 'failed', message: `the helper for disks gave no answer to ${asked.op}` };
    },
    isOver: () => over,
    close: () => void stream.destroy(),
  };
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
