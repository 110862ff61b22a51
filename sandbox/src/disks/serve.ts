import { createInterface } from 'node:readline';
import { z } from 'zod';
import type { DiskStore } from './diskStore.ts';
import { faultOf } from './fault.ts';
import { type DiskAnswer, type DiskOp, type DiskReply, DiskRequest, type RequestOf } from './protocol.ts';

type Handlers = { [O in DiskOp]: (request: RequestOf<O>) => Promise<DiskAnswer<O>> };

const nothing = async (work: Promise<void>) => {
  await work;
  return {};
};

const handlersOf = (store: DiskStore): Handlers => ({
  make: ({ id, bytes }) => nothing(store.make(id, bytes)),
  copy: request => store.copy(request),
  drop: ({ id }) => nothing(store.drop(id)),
  list: () => store.list(),
  keep: ({ id, name, about }) => store.keep(id, name, about),
  link: ({ id, name, about }) => store.link(id, name, about),
  forget: ({ name }) => nothing(store.forget(name)),
  named: () => store.named(),
  usage: () => store.usage(),
  tidy: ({ olderThanMs }) => nothing(store.tidy(olderThanMs)),
});

const Line = z.looseObject({ request: z.number().int().positive() });

const refusal = (request: number, error: unknown): DiskReply => {
  const { code, message } = faultOf(error);
  return { request, ok: false, code, message };
};

/** What one line is answered with; null where nobody could tell what it answers. */
async function replyTo(line: string, handlers: Handlers): Promise<DiskReply | null> {
  let said: unknown;
  try {
    said = JSON.parse(line);
  } catch {
    return null;
  }
  const numbered = Line.safeParse(said);
  if (!numbered.success) return null;
  const { request, ...rest } = numbered.data;
  const asked = DiskRequest.safeParse(rest);
  if (!asked.success)
    return { request, ok: false, code: 'bad_request', message: z.prettifyError(asked.error) };
  try {
    // Each handler takes the request of its own name, which the compiler cannot follow through the union.
    const handle = handlers[asked.data.op] as (request: DiskRequest) => Promise<unknown>;
    return { request, ok: true, answer: await handle(asked.data) };
  } catch (error) {
    return refusal(request, error);
  }
}

/** Serves requests until no more come, all that wait at the same time. A store that cannot be opened is an answer too. */
export async function serve(
  open: () => Promise<DiskStore>,
  { input, output }: { input: NodeJS.ReadableStream; output: NodeJS.WritableStream },
): Promise<boolean> {
  // Whoever asked may be gone.
  output.on('error', () => {});
  const say = (reply: DiskReply) => void output.write(`${JSON.stringify(reply)}\n`);
  let store: DiskStore;
  try {
    store = await open();
  } catch (error) {
    say(refusal(0, error));
    return false;
  }
  say({ request: 0, ok: true, answer: { mode: store.mode, hasImages: store.hasImages } });
  const handlers = handlersOf(store);
  const underWay = new Set<Promise<void>>();
  for await (const line of createInterface({ input })) {
    const answering = replyTo(line, handlers).then(reply => {
      if (reply) say(reply);
      underWay.delete(answering);
    });
    underWay.add(answering);
  }
  await Promise.all(underWay);
  return true;
}
