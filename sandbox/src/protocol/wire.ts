import { z } from 'zod';
import { Method } from './methods.ts';

export const protocolVersion = 1;

/** Streams are numbered by the server side, from 1, once per connection. */
const id = z.number().int().positive();
/** `data` is base64 and is not checked for it here: hot path, and Buffer skips what is not. */
const data = z.string();
/** For people, and from a sandbox: bounded. */
const words = z.string().max(64 * 1024);
const credit = z.object({ t: z.literal('credit'), id, bytes: z.number().int().positive() });

/**
 * May be repeated on an open connection: a pool's bridge takes the fence of the session that claims it.
 * A higher fence closes older connections, a lower one is refused, an equal one closes them too (newest wins).
 */
export const Hello = z.object({
  t: z.literal('hello'),
  protocol: z.number().int(),
  sandboxId: z.string(),
  sessionId: z.string().optional(),
  fence: z.number().int().nonnegative(),
  /** Comes for what listens on ports, or for the terminal, beside whoever owns the sandbox: it takes nothing over, and may do nothing else. */
  visitor: z.literal(true).optional(),
});
export type Hello = z.infer<typeof Hello>;

export const FromServer = z.discriminatedUnion('t', [
  Hello,
  z.object({ t: z.literal('open'), id, method: Method, params: z.unknown() }),
  z.object({ t: z.literal('data'), id, data }),
  z.object({ t: z.literal('end'), id }),
  /** Gives a stream up; for `call` it only detaches. */
  z.object({ t: z.literal('abort'), id }),
  credit,
]);
export type FromServer = z.infer<typeof FromServer>;

export const RefusalCode = z.enum(['fence', 'protocol', 'sandbox', 'superseded', 'garbage']);
export type RefusalCode = z.infer<typeof RefusalCode>;

export const ErrorCode = z.enum(['bad_request', 'not_found', 'disk_full', 'aborted', 'internal']);
export type ErrorCode = z.infer<typeof ErrorCode>;

export const FromHands = z.discriminatedUnion('t', [
  /** The first frame of every connection, before any hello: the bridge stands. */
  z.object({ t: z.literal('ready') }),
  z.object({ t: z.literal('welcome'), protocol: z.number().int(), bootId: z.string().min(1).max(100) }),
  /** The connection closes after it. */
  z.object({ t: z.literal('refused'), code: RefusalCode, message: words }),
  z.object({
    t: z.literal('data'),
    id,
    data,
    /** `run` only. */
    from: z.enum(['stdout', 'stderr']).optional(),
    /** `call` only: byte offset of the first byte; jumps where a slow reader missed dropped output. */
    offset: z.number().int().nonnegative().optional(),
  }),
  z.object({ t: z.literal('done'), id, value: z.unknown() }),
  z.object({ t: z.literal('error'), id, code: ErrorCode, message: words }),
  credit,
]);
export type FromHands = z.infer<typeof FromHands>;
