import { z } from 'zod';
import { idOf } from './ids.ts';
import { limits } from './limits.ts';

/** What every command that carries a prompt takes. */
export const PromptText = z
  .string()
  .max(limits.promptChars, `a prompt has at most ${limits.promptChars} characters`)
  .refine(text => text.trim() !== '', 'a prompt needs some text');

export const AttachmentIds = z
  .array(idOf('attachment'))
  .max(limits.attachments, `at most ${limits.attachments} attachments`)
  .default([]);
