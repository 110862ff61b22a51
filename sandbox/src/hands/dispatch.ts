import { type Method, methods, type Params, type Value } from '../protocol/methods.ts';
import type { Calls } from './calls.ts';
import { call } from './methods/call.ts';
import { killAll, output, processes } from './methods/control.ts';
import { get, put, stat } from './methods/files.ts';
import { pty } from './methods/pty.ts';
import { run } from './methods/run.ts';
import { tcp } from './methods/tcp.ts';
import { MethodError, type MethodStream } from './stream.ts';

type Handler<M extends Method> = (params: Params<M>, stream: MethodStream) => Value<M> | Promise<Value<M>>;

export type Dispatch = (method: Method, params: unknown, stream: MethodStream) => Promise<unknown>;

/** Every method of the catalogue has its handler here; parameters are parsed before it sees them. */
export function dispatcher(calls: Calls): Dispatch {
  const handlers: { [M in Method]: Handler<M> } = {
    call: (params, stream) => call(calls, params, stream),
    cancel: ({ callId }) => ({ found: calls.cancel(callId) }),
    output,
    run,
    put,
    get,
    tcp,
    pty,
    killAll: () => killAll(calls),
    processes,
    ping: () => ({}),
    stat,
  };
  const handle = async <M extends Method>(
    method: M,
    params: unknown,
    stream: MethodStream,
  ): Promise<unknown> => {
    const parsed = methods[method].params.safeParse(params);
    if (!parsed.success)
      throw new MethodError('bad_request', parsed.error.issues[0]?.message ?? 'bad parameters');
    return handlers[method](parsed.data as Params<M>, stream);
  };
  return handle;
}
