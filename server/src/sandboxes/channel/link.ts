import type { Duplex } from 'node:stream';
import {
  type ErrorCode,
  encodeFrame,
  FromHands,
  type FromServer,
  frameDecoder,
  type Hello,
  type Method,
  methods,
  type Params,
  protocolVersion,
  type RefusalCode,
  type Value,
} from '@deckhand/sandbox/protocol';
import { type Deadlines, deadlineOf, defaultDeadlines } from './deadlines.ts';
import { clientStream, type Inbound } from './stream.ts';

export type Owner = { sandboxId: string; sessionId?: string; fence: number; visitor?: true };

/**
 * Why a link is over. `refused`: the runtime will not speak to us any more; `mute`: it owes an answer that does not come;
 * `broken`: another link may do.
 */
export type LinkEnd =
  | { how: 'refused'; code: RefusalCode; message: string }
  | { how: 'mute' | 'broken'; message: string };

export type Answer<M extends Method> =
  | { ok: true; value: Value<M> }
  | { ok: false; code: ErrorCode | 'broken'; message: string };

export type Request<M extends Method> = {
  answer: Promise<Answer<M>>;
  /** Sends bytes; resolves when there is room for more, false once nobody takes them. */
  send: (data: Buffer) => Promise<boolean>;
  end: () => void;
  abort: () => void;
  /** Lets the runtime send so many bytes more. */
  grant: (bytes: number) => void;
};

export interface Link {
  readonly bootId: string;
  request<M extends Method>(method: M, params: Params<M>, onData?: (data: Inbound) => void): Request<M>;
  hello(owner: Owner): Promise<boolean>;
  close(): void;
  ended: Promise<LinkEnd>;
  /** Milliseconds since the runtime was last heard. */
  silentMs(): number;
  /** Whether it ever said more than that it is there. */
  answered(): boolean;
}

/** A runtime under load takes seconds to greet; one that never does must not be waited for. */
const greetMs = 15_000;
const mostUnreadBytes = 8 * 1024 * 1024;
const mostStrays = 10_000;

/** Speaks the protocol on one bridge. Knows no engine: it is given bytes. */
export async function openLink(
  bridge: Duplex,
  owner: Owner,
  deadlines: Deadlines = defaultDeadlines,
): Promise<{ ok: true; link: Link } | { ok: false; end: LinkEnd }> {
  const decoder = frameDecoder();
  const streams = new Map<number, ReturnType<typeof clientStream>>();
  const over = Promise.withResolvers<LinkEnd>();
  let ended: LinkEnd | undefined;
  let greeted = false;
  let answered = false;
  let strays = 0;
  let welcome = Promise.withResolvers<string | undefined>();
  let nextId = 1;
  let heardMs = performance.now();

  const post = (message: FromServer) => {
    if (ended || !bridge.writable) return;
    bridge.write(encodeFrame(message));
    // Credit bounds what streams send; this bounds a sandbox that reads nothing at all.
    if (bridge.writableLength > mostUnreadBytes)
      finish({ how: 'broken', message: 'the runtime does not read what is sent to it' });
  };
  const finish = (end: LinkEnd) => {
    if (ended) return;
    ended = end;
    for (const stream of streams.values()) stream.settle({ ok: false, code: 'broken', message: end.message });
    streams.clear();
    welcome.resolve(undefined);
    over.resolve(end);
    bridge.destroy();
  };
  /** Whatever breaks the protocol ends this link for good. Before the welcome it may be the engine's own words. */
  const garbage = (message: string) =>
    finish(greeted ? { how: 'refused', code: 'garbage', message } : { how: 'broken', message });
  const take = (message: FromHands) => {
    if (message.t === 'ready') return;
    if (message.t === 'welcome') {
      greeted = true;
      return welcome.resolve(message.bootId);
    }
    if (message.t === 'refused')
      return finish({ how: 'refused', code: message.code, message: message.message });
    answered = true;
    if (message.id >= nextId) return garbage('the runtime answered what nobody asked');
    const stream = streams.get(message.id);
    // Of what was given up a moment ago; so much is on its way at most, and more is a flood.
    if (!stream && ++strays > mostStrays) return garbage('the runtime goes on about what is over');
    if (message.t === 'data') {
      const { from, offset } = message;
      const data = Buffer.from(message.data, 'base64');
      if (data.length === 0) return garbage('the runtime sent nothing as data');
      const problem = stream?.onData({
        data,
        ...(from ? { from } : {}),
        ...(offset === undefined ? {} : { offset }),
      });
      if (problem) return garbage(problem);
    } else if (message.t === 'credit') {
      const problem = stream?.onCredit(message.bytes);
      if (problem) return garbage(problem);
    } else {
      streams.delete(message.id);
      stream?.settle(
        message.t === 'done'
          ? { ok: true, value: message.value }
          : { ok: false, code: message.code, message: message.message },
      );
    }
  };
  bridge.on('data', (bytes: Buffer) => {
    heardMs = performance.now();
    const decoded = decoder.push(bytes);
    if (!decoded.ok) return garbage(decoded.message);
    for (const message of decoded.messages) {
      const parsed = FromHands.safeParse(message);
      if (!parsed.success) return garbage('the runtime sent a frame that is not of the protocol');
      take(parsed.data);
      if (ended) return;
    }
  });
  bridge.on('error', error => finish({ how: 'broken', message: error.message }));
  bridge.on('close', () => finish({ how: 'broken', message: 'the connection to the sandbox broke' }));

  const hello = (owner: Owner): Promise<string | undefined> => {
    welcome = Promise.withResolvers();
    const message: Hello = { t: 'hello', protocol: protocolVersion, ...owner };
    post(message);
    const { promise } = welcome;
    const timer = setTimeout(
      () => finish({ how: 'broken', message: 'the runtime did not greet in time' }),
      greetMs,
    );
    return promise.finally(() => clearTimeout(timer));
  };

  const bootId = await hello(owner);
  if (bootId === undefined || ended) return { ok: false, end: await over.promise };

  const link: Link = {
    bootId,
    ended: over.promise,
    silentMs: () => performance.now() - heardMs,
    answered: () => answered,
    hello: async next => (await hello(next)) !== undefined,
    close: () => finish({ how: 'broken', message: 'closed' }),
    request: (method, params, onData = () => {}) => {
      const id = nextId++;
      const deadline = deadlineOf(method, params, deadlines);
      let due: NodeJS.Timeout | undefined;
      const arm = (afterMs: number) => {
        clearTimeout(due);
        due = setTimeout(() => {
          // What came while this process stood still is taken first.
          due = setTimeout(
            () => finish({ how: 'mute', message: `no answer to ${method}` }),
            deadlines.lateMs,
          ).unref();
        }, afterMs).unref();
      };
      const moved = () => {
        if (deadline?.moves && due) arm(deadline.afterMs);
      };
      const posted = (message: FromServer) => {
        post(message);
        moved();
      };
      const stream = clientStream(id, posted, inbound => {
        moved();
        onData(inbound);
      });
      if (deadline && !ended) arm(deadline.afterMs);
      void stream.answer.then(() => {
        clearTimeout(due);
        due = undefined;
      });
      if (ended) stream.settle({ ok: false, code: 'broken', message: ended.message });
      else {
        streams.set(id, stream);
        post({ t: 'open', id, method, params });
      }
      const answer = stream.answer.then(raw => {
        const parsed = parseAnswer(method, raw);
        if (parsed) return parsed;
        const message = `the runtime answered ${method} in a form that was not agreed`;
        garbage(message);
        return { ok: false, code: 'broken', message } as const;
      });
      const abort = () => {
        stream.abort();
        streams.delete(id);
        stream.settle({ ok: false, code: 'aborted', message: 'given up' });
      };
      return { ...stream, abort, answer };
    },
  };
  return { ok: true, link };
}

/** Null where the value is not of the method's form. */
function parseAnswer<M extends Method>(
  method: M,
  answer: Answer<M> | { ok: true; value: unknown },
): Answer<M> | null {
  if (!answer.ok) return answer;
  const parsed = methods[method].value.safeParse(answer.value);
  return parsed.success ? { ok: true, value: parsed.data as Value<M> } : null;
}
