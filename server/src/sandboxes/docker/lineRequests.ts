import type { Duplex } from 'node:stream';

export type LineAnswer = { code: number; said: string };

export interface LineRequests {
  /** What the other side said first. */
  opened: LineAnswer;
  /** Undefined: the stream ended before the answer came. Words must not hold blanks. */
  ask(words: string[]): Promise<LineAnswer | undefined>;
  isOver(): boolean;
  close(): void;
}

/** Numbered requests over one stream, a line each; answers come in any order: number, exit code, output as base64. */
export async function lineRequests(stream: Duplex): Promise<LineRequests | undefined> {
  const waiting = new Map<number, (answer: LineAnswer | undefined) => void>();
  let last = 0;
  let rest = '';
  let over = false;
  const answered = (request: number) =>
    new Promise<LineAnswer | undefined>(resolve =>
      over ? resolve(undefined) : waiting.set(request, resolve),
    );

  const take = (line: string) => {
    const [request, code, said = ''] = line.split(' ');
    const resolve = waiting.get(Number(request));
    waiting.delete(Number(request));
    resolve?.({ code: Number(code), said: Buffer.from(said, 'base64').toString() });
  };
  stream.on('data', (bytes: Buffer) => {
    const lines = (rest + bytes.toString('latin1')).split('\n');
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
    ask: words => {
      const request = ++last;
      const answer = answered(request);
      stream.write(`${[request, ...words].join(' ')}\n`);
      return answer;
    },
    isOver: () => over,
    close: () => void stream.destroy(),
  };
}
