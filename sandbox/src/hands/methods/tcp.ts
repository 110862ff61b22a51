import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
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
  const signal = AbortSignal.any([stream.signal, AbortSignal.timeout(connectMs)]);
  await once(socket, 'connect', { signal }).catch(() => {
    socket.destroy();
    throw new MethodError('not_found', `nothing listens on port ${port}`);
  });
  await join(socket, stream);
  return {};
}

/** Passes bytes both ways until either side ends. */
export async function join(socket: Socket, stream: MethodStream): Promise<void> {
  const end = () => socket.destroy();
  stream.signal.addEventListener('abort', end, { once: true });
  if (stream.signal.aborted) end();
  try {
    // One who hangs up in the middle is no error of ours.
    const inward = pipeline(stream.incoming(), socket).catch(() => socket.destroy());
    try {
      // Left to itself the loop ends the socket as broken where the other side was done before us.
      const chunks = socket.iterator({ destroyOnReturn: false });
      for await (const chunk of chunks) if (!(await stream.send(chunk as Buffer))) break;
    } catch {
      // The other side reset the connection: what came is all there is.
    }
    const closed = new Promise(resolve => socket.once('close', resolve));
    if (!socket.writableEnded) socket.destroy();
    await Promise.race([inward, stream.signal.aborted || socket.closed ? undefined : closed]);
  } finally {
    stream.signal.removeEventListener('abort', end);
    socket.destroy();
  }
}
