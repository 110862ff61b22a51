import { Readable } from 'node:stream';
import { gitStream, isSha } from './git.ts';

/** An object as it comes out of the mirror; `chunks` are to be read before the next one is asked for. */
export type GitObject = { sha: string; type: string; bytes: number; chunks: AsyncGenerator<Buffer> };

/** git did not give out all of what it was asked for. */
export class Unreadable extends Error {
  override name = 'Unreadable';
}

const unreadable = () => new Unreadable('git did not give out all of what it was asked for');

/**
 * Runs git in a mirror and hands over its output as it comes. Throws Unreadable where git fails: half an output must not
 * pass for the whole.
 */
export async function* outputOf(
  dir: string,
  args: string[],
  { signal, input }: { signal: AbortSignal; input?: Iterable<string> },
): AsyncGenerator<Buffer> {
  signal.throwIfAborted();
  const child = gitStream(['--no-replace-objects', ...args], dir, {
    signal,
    ...(input ? { input: Readable.from(input) } : {}),
  });
  try {
    for await (const chunk of child.stdout) yield chunk as Buffer;
    signal.throwIfAborted();
    if ((await child).failed) throw unreadable();
  } catch (error) {
    signal.throwIfAborted();
    throw error instanceof Unreadable ? error : unreadable();
  } finally {
    child.kill('SIGKILL');
  }
}

/** Output cut at each `end`; a record that grows over `mostBytes` is refused. */
export async function* records(
  output: AsyncIterable<Buffer>,
  end: '\n' | '\0',
  mostBytes = 1024 * 1024,
): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of output) {
    const parts = (rest + chunk.toString('latin1')).split(end);
    rest = parts.pop() ?? '';
    if (rest.length > mostBytes) throw unreadable();
    for (const part of parts) yield Buffer.from(part, 'latin1').toString('utf8');
  }
  if (rest !== '') yield Buffer.from(rest, 'latin1').toString('utf8');
}

/** The objects of these ids, one after the other. */
export async function* readObjects(
  dir: string,
  shas: Iterable<string>,
  signal: AbortSignal,
): AsyncGenerator<GitObject> {
  const input = (function* () {
    for (const sha of shas) yield `${sha}\n`;
  })();
  const source = new Source(outputOf(dir, ['cat-file', '--batch'], { signal, input }));
  for (let header = await source.line(); header !== null; header = await source.line()) {
    const [sha, type = '', size] = header.split(' ');
    const bytes = Number(size);
    if (!isSha(sha) || !Number.isSafeInteger(bytes)) throw unreadable();
    const chunks = source.take(bytes);
    yield { sha, type, bytes, chunks };
    for await (const _ of chunks) {
      // What nobody read is passed over.
    }
    if ((await source.line()) !== '') throw unreadable();
  }
}

/** Bytes that come in chunks, taken by lines and by length. */
class Source {
  #output: AsyncGenerator<Buffer>;
  #held: Buffer = Buffer.alloc(0);

  constructor(output: AsyncGenerator<Buffer>) {
    this.#output = output;
  }

  async #more(): Promise<boolean> {
    const next = await this.#output.next();
    if (next.done) return false;
    this.#held = this.#held.length > 0 ? Buffer.concat([this.#held, next.value]) : next.value;
    return true;
  }

  /** Null at the end of all. */
  async line(): Promise<string | null> {
    let end = this.#held.indexOf(10);
    while (end < 0) {
      if (!(await this.#more())) {
        if (this.#held.length > 0) throw unreadable();
        return null;
      }
      end = this.#held.indexOf(10);
    }
    const line = this.#held.subarray(0, end).toString('utf8');
    this.#held = this.#held.subarray(end + 1);
    return line;
  }

  async *take(bytes: number): AsyncGenerator<Buffer> {
    for (let left = bytes; left > 0; ) {
      if (this.#held.length === 0 && !(await this.#more())) throw unreadable();
      const chunk = this.#held.subarray(0, left);
      this.#held = this.#held.subarray(chunk.length);
      left -= chunk.length;
      yield chunk;
    }
  }
}

/** All of an object, for those that are known to be small. */
export async function whole({ bytes, chunks }: GitObject, mostBytes: number): Promise<Buffer> {
  if (bytes > mostBytes) throw unreadable();
  return Buffer.concat(await Array.fromAsync(chunks));
}
