import { z } from 'zod';
import { maxBackground } from './limits.ts';
import { JournalOutcome } from './outcome.ts';
import { CallId, CallRequest, ProcessHandle } from './tools.ts';

const bytes = z.number().int().nonnegative();
const path = z.string().min(1).max(4096);

/**
 * What a server may ask of `hands`. Each request opens a stream of its own: `data` frames flow in the directions
 * noted here, under credit, and `done` ends it with the value. Watches will be methods too.
 */
export const methods = {
  /** Journalled. Data from hands: output of `bash`, by byte offset, from `outputFrom` on. */
  call: { params: CallRequest.extend({ outputFrom: bytes.optional() }), value: JournalOutcome },
  /** `found:false`: never asked for, or finished before. The call itself ends with its own result. */
  cancel: { params: z.object({ callId: CallId }), value: z.object({ found: z.boolean() }) },
  /** A piece of a call's whole output; `offset` of the answer is later than asked where the middle was dropped. */
  output: {
    params: z.object({
      callId: CallId,
      offset: bytes,
      limit: z
        .number()
        .int()
        .min(1)
        .max(512 * 1024),
    }),
    value: z.object({ offset: bytes, data: z.string().base64(), outputBytes: bytes }),
  },
  /** Not journalled; killed when the connection breaks. Data to hands: stdin; from hands: stdout, stderr. */
  run: {
    params: z.object({
      argv: z.array(z.string()).min(1),
      cwd: path.optional(),
      env: z.record(z.string(), z.string()).optional(),
      /** A program of the server's: it sees none of the variables that commands see. */
      clean: z.literal(true).optional(),
      stdin: z.boolean(),
      timeoutMs: z.number().int().positive(),
    }),
    value: z.object({
      code: z.number().int().min(0).max(255).nullable(),
      signal: z.string().max(20).optional(),
      timedOut: z.boolean(),
    }),
  },
  /** Data to hands: the content. Appears whole or not at all. */
  put: { params: z.object({ path, mode: z.number().int().optional() }), value: z.object({ bytes }) },
  /** Data from hands: the content. */
  get: { params: z.object({ path }), value: z.object({ bytes }) },
  /** A connection to a port of the sandbox's own loopback: data both ways, until either side ends. */
  tcp: { params: z.object({ port: z.number().int().min(1).max(65535) }), value: z.object({}) },
  /** The sandbox's terminal, begun where there is none: frames both ways (`terminal.ts`), until either side ends. */
  pty: { params: z.object({ columns: z.number().int(), rows: z.number().int() }), value: z.object({}) },
  /** Ends every process in the sandbox but ours; running calls finish as stopped. */
  killAll: { params: z.object({}), value: z.object({ killed: bytes }) },
  /** What runs in the background, by the handles that tools take. */
  processes: {
    params: z.object({}),
    value: z.object({
      running: z.array(z.object({ handle: ProcessHandle, command: z.string().max(200) })).max(maxBackground),
    }),
  },
  ping: { params: z.object({}), value: z.object({}) },
  stat: {
    params: z.object({}),
    value: z.object({ diskBytes: bytes, diskFreeBytes: bytes, memoryBytes: bytes, memoryUsedBytes: bytes }),
  },
} as const;

export type Method = keyof typeof methods;
export type Params<M extends Method> = z.infer<(typeof methods)[M]['params']>;
export type Value<M extends Method> = z.infer<(typeof methods)[M]['value']>;

export const Method = z.enum([
  'call',
  'cancel',
  'output',
  'run',
  'put',
  'get',
  'tcp',
  'pty',
  'killAll',
  'processes',
  'ping',
  'stat',
]);
