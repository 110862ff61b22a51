import { z } from 'zod';
import { idOf } from './ids.ts';

/** Opens what listens in a session's sandbox to one browser. */
export const PreviewInput = z.object({
  sessionId: idOf('session'),
  port: z.number().int().min(1).max(65535).optional(),
  path: z.string().regex(/^\//).max(2000).default('/'),
  /** The origin of the page that it is laid over; no other may frame it. */
  over: z
    .string()
    .regex(/^https?:\/\/[^\s/;,'"]+$/)
    .max(300)
    .optional(),
});

export const PreviewOpened = z.object({
  url: z.string(),
  port: z.number(),
  /** Those that the repository's environment names. */
  ports: z.array(z.object({ port: z.number(), name: z.string().nullable() })),
  expiresAt: z.iso.datetime(),
});
