import { Readable } from 'node:stream';
import type { Params } from '@deckhand/sandbox/protocol';
import { failure, type Result } from '@deckhand/shared';
import type { HandsErrorCode, RunOptions, RunOutput } from '../hands.ts';
import { failureOf } from './failure.ts';
import type { LinkKeeper } from './keeper.ts';

const defaultTimeoutMs = 60_000;
const defaultMaxBytes = 32 * 1024 * 1024;

export const runParams = (
  argv: string[],
  options: Omit<RunOptions, 'signal' | 'maxOutputBytes'>,
): Params<'run'> => ({
  argv,
  stdin: options.stdin !== undefined,
  timeoutMs: options.timeoutMs ?? defaultTimeoutMs,
  ...(options.cwd ? { cwd: options.cwd } : {}),
  ...(options.env ? { env: options.env } : {}),
  ...(options.clean ? { clean: true } : {}),
});

export async function runOnce(
  keeper: LinkKeeper,
  argv: string[],
  options: RunOptions,
): Promise<Result<RunOutput, HandsErrorCode>> {
  const { signal, stdin, maxOutputBytes = defaultMaxBytes } = options;
  const link = await keeper.ready();
  if ('code' in link) return link;
  if (signal?.aborted) return failure('internal', 'stopped');
  const parts = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
  const sizes = { stdout: 0, stderr: 0 };
  let tooMuch = false;
  const request = link.request('run', runParams(argv, options), ({ data, from = 'stdout' }) => {
    sizes[from] += data.length;
    if (sizes[from] <= maxOutputBytes) parts[from].push(data);
    else if (!tooMuch) {
      tooMuch = true;
      stop(failure('bad_request', `${argv[0]} printed more than ${maxOutputBytes} bytes`));
    }
    request.grant(data.length);
  });
  // A request that is given up gets no answer from the other side.
  const stopped = Promise.withResolvers<Result<RunOutput, HandsErrorCode>>();
  const stop = (why: Result<RunOutput, HandsErrorCode>) => {
    request.abort();
    stopped.resolve(why);
  };
  const onAbort = () => stop(failure('internal', 'stopped'));
  signal?.addEventListener('abort', onAbort, { once: true });
  if (stdin !== undefined) void feed(request, stdin);
  const answered = request.answer.then((answer): Result<RunOutput, HandsErrorCode> => {
    if (!answer.ok) return failureOf(answer);
    const { code, timedOut } = answer.value;
    return {
      ok: true,
      code,
      timedOut,
      stdout: Buffer.concat(parts.stdout),
      stderr: Buffer.concat(parts.stderr),
    };
  });
  try {
    return await Promise.race([answered, stopped.promise]);
  } finally {
    signal?.removeEventListener('abort', onAbort);
  }
}

type Sink = { send: (data: Buffer) => Promise<boolean>; end: () => void; abort: () => void };

/** Resolves once all is sent or nobody takes more. A source that fails gives the request up. */
export async function feed(sink: Sink, source: string | Buffer | Readable): Promise<Error | undefined> {
  try {
    const chunks = source instanceof Readable ? source : [Buffer.from(source)];
    for await (const chunk of chunks) if (!(await sink.send(Buffer.from(chunk)))) return undefined;
    sink.end();
    return undefined;
  } catch (error) {
    sink.abort();
    return Error.isError(error) ? error : new Error(String(error));
  }
}
