import { z } from 'zod';
import { limits } from './limits.ts';

/** `build`: for the commands that make an image; `run`: for every command of a session. */
export const SecretPhase = z.enum(['build', 'run']);
export type SecretPhase = z.infer<typeof SecretPhase>;

/** Names that decide what runs, or how it reaches the network, rather than tell it something. */
export const isReservedName = (name: string): boolean =>
  /^(DECKHAND_.*|PATH|HOME|LD_.*|NODE_OPTIONS|(HTTP|HTTPS|ALL|NO)_PROXY)$/.test(name);

export const SecretName = z
  .string()
  .regex(/^[A-Z_][A-Z0-9_]{0,99}$/, 'a secret is named with capital letters, digits and _, as a variable is')
  .refine(name => !isReservedName(name), 'this name is held by the sandbox itself; choose another');

export const SecretValue = z
  .string()
  .min(1, 'a secret cannot be empty')
  .refine(
    value => new TextEncoder().encode(value).length <= limits.secretBytes,
    `a secret has at most ${limits.secretBytes / 1024} KiB`,
  )
  .refine(value => !value.includes('\0'), 'a secret cannot contain a null byte');

/**
 * A secret that never is in a sandbox: its variable holds a sentinel, and the egress proxy puts the value in on the way
 * to these hosts, over TLS.
 */
export const SecretProxy = z
  .strictObject({
    /** `api.example.com`, or `*.example.com` for all below it. */
    hosts: z.array(z.string().min(1).max(255)).min(1).max(20),
    /** Given to requests to its hosts that bring no `Authorization`: credentials of a package registry. */
    as: z.enum(['bearer', 'basic']).optional(),
    /** Of `basic`. */
    username: z
      .string()
      .regex(/^[\x21-\x39\x3b-\x7e]{1,200}$/, 'a user name is plain text without spaces and colons')
      .optional(),
    /** Whoever is in the session is asked before it is used there. */
    ask: z.boolean().optional(),
  })
  .refine(({ as, username }) => username === undefined || as === 'basic', 'a user name is for `as: basic`');
export type SecretProxy = z.infer<typeof SecretProxy>;

/** What may stand in a header; a shorter one could not be told from other text in an answer. */
export const isProxiable = (value: string): boolean => /^[\x21-\x7e]{8,4096}$/.test(value);

/** All that anyone is told of a secret. */
export const SecretInfo = z.object({
  name: z.string(),
  repo: z.string(),
  phase: SecretPhase,
  setBy: z.string(),
  setAt: z.string(),
  proxy: SecretProxy.optional(),
});
export type SecretInfo = z.infer<typeof SecretInfo>;
