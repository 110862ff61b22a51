import type { Socket } from 'node:net';
import { encodeFrame, frameDecoder } from '../protocol/codec.ts';
import { type FromHands, FromServer, type Hello, protocolVersion } from '../protocol/wire.ts';
import type { Dispatch } from './dispatch.ts';
import type { Gate, Guest, Refusal } from './gate.ts';
import { MethodError, type MethodStream, methodStream } from './stream.ts';

/** `run`: scripts of the server's own that look, and change nothing that whoever has the fence works on. */
const forVisitors: ReadonlySet<string> = new Set(['tcp', 'pty', 'run', 'ping']);

export type House = { gate: Gate; dispatch: Dispatch; bootId: string };

/** One bridge. Does nothing before a hello was admitted; then runs each `open` as a stream of its own. */
export function serve(socket: Socket, { gate, dispatch, bootId }: House): void {
  const decoder = frameDecoder();
  const streams = new Map<number, MethodStream>();
  let admitted = false;
  let visiting = false;

  const post = (message: FromHands) => {
    if (!socket.destroyed && socket.writable) socket.write(encodeFrame(message));
  };
  const leave = () => {
    admitted = false;
    for (const stream of streams.values()) stream.abort();
    streams.clear();
    gate.leave(guest);
  };
  const refuse = (refusal: Refusal) => {
    post({ t: 'refused', ...refusal });
    leave();
    socket.end();
  };
  const guest: Guest = { dismiss: refuse };

  const greet = (hello: Hello) => {
    const refusal = gate.admit(hello, guest);
    if (refusal) return refuse(refusal);
    admitted = true;
    visiting = hello.visitor === true;
    post({ t: 'welcome', protocol: protocolVersion, bootId });
  };

  const open = async ({ id, method, params }: Extract<FromServer, { t: 'open' }>) => {
    const stream = methodStream(id, post);
    streams.set(id, stream);
    try {
      const value = await dispatch(method, params, stream);
      if (!stream.signal.aborted) post({ t: 'done', id, value });
    } catch (error) {
      const known = error instanceof MethodError;
      if (!known) console.error(error);
      const message = Error.isError(error) ? error.message : String(error);
      if (!stream.signal.aborted) post({ t: 'error', id, code: known ? error.code : 'internal', message });
    } finally {
      streams.delete(id);
    }
  };

  const take = (message: FromServer) => {
    if (message.t === 'hello') return greet(message);
    if (!admitted) return refuse({ code: 'garbage', message: 'a connection begins with hello' });
    if (message.t === 'open') {
      if (visiting && !forVisitors.has(message.method))
        return refuse({ code: 'garbage', message: `a visitor may not ask for ${message.method}` });
      return void open(message);
    }
    const stream = streams.get(message.id);
    if (message.t === 'data') stream?.onData(Buffer.from(message.data, 'base64'));
    else if (message.t === 'end') stream?.onEnd();
    else if (message.t === 'credit') stream?.onCredit(message.bytes);
    else stream?.abort();
  };

  socket.on('data', (bytes: Buffer) => {
    const decoded = decoder.push(bytes);
    if (!decoded.ok) return refuse({ code: 'garbage', message: decoded.message });
    for (const message of decoded.messages) {
      const parsed = FromServer.safeParse(message);
      if (!parsed.success) return refuse({ code: 'garbage', message: 'a frame is not of the protocol' });
      take(parsed.data);
      if (socket.destroyed || !socket.writable) return;
    }
  });
  socket.on('error', () => {});
  socket.on('close', leave);
  post({ t: 'ready' });
}
