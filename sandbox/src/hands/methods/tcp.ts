import { once } from 'node:events';
import { connect } from 'node:net';
import { pipeline } from 'node:stream/promises';
import type { Params, Value } from '../../protocol/methods.ts';
import { MethodError, type MethodStream } from '../stream.ts';

/** How long a port may take to accept. */
const connectMs = 10_000;

/** Opens a port of our own loopback, whichever of its two addresses it listens on, and passes bytes both ways. */
export async function tcp({ port }: Params<'tcp'>, stream: MethodStream): Promise<Value<'tcp'>> {
  const socket = connect({
    host: 'localhost',
    port,
    autoSelectFamily: true,
    noDelay: true,
    allowHalfOpen: true,
  });
  const end = () => socket.destroy();
  stream.signal.addEventListener('abort', end, { once: true });
  try {
    await once(socket, 'connect', {
      signal: AbortSignal.any([stream.signal, AbortSignal.timeout(connectMs)]),
    }).catch(() => {
      throw new MethodError('not_found', `nothing listens on port ${port}`);
    });
    // One who hangs up in the middle is no error of ours.
    const inward = pipeline(stream.incoming(), socket).catch(() => socket.destroy());
    try {
      for await (const chunk of socket) if (!(await stream.send(chunk as Buffer))) break;
    } catch {
      // The other side reset the connection: what came is all there is.
    }
    if (!socket.writableEnded) socket.destroy();
    await Promise.race([inward, stream.signal.aborted ? undefined : once(socket, 'close')]);
    return {};
  } finally {
    stream.signal.removeEventListener('abort', end);
    socket.destroy();
  }
}
