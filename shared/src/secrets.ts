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

/** All that anyone is told of a secret. */
export const SecretInfo = z.object({
  name: z.string(),
  repo: z.string(),
  phase: SecretPhase,
  setBy: z.string(),
  setAt: z.string(),
});
export type SecretInfo = z.infer<typeof SecretInfo>;
