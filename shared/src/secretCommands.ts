import { z } from 'zod';
import { http } from './httpForm.ts';
import { isProxiable, SecretInfo, SecretName, SecretPhase, SecretProxy, SecretValue } from './secrets.ts';

const nothing = z.looseObject({});

/** Secrets of a repository's environment. */
export const secretCommands = {
  'secret.set': {
    input: z
      .object({
        repo: z.string(),
        name: SecretName,
        phase: SecretPhase,
        value: SecretValue,
        proxy: SecretProxy.optional(),
      })
      .refine(
        ({ proxy, value }) => proxy === undefined || isProxiable(value),
        'a secret for the proxy is one line of 8 to 4096 plain characters without spaces',
      ),
    /** Never the value: it can be replaced, and not be read again. */
    output: z.object({ secret: SecretInfo }),
    http: http('POST', '/repos/:repo/secrets', 201),
    socket: false,
  },
  'secret.list': {
    input: z.object({ repo: z.string() }),
    output: z.object({ secrets: z.array(SecretInfo) }),
    http: http('GET', '/repos/:repo/secrets'),
    socket: false,
  },
  'secret.remove': {
    input: z.object({ repo: z.string(), name: z.string().max(100), phase: SecretPhase }),
    output: nothing,
    http: http('DELETE', '/repos/:repo/secrets/:name'),
    socket: false,
  },
} as const;
