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

/** Which model is to answer, of those that `me` names; the session's where absent, the server's where it has none. */
export const ModelChoice = z.string().trim().min(1, 'a model has a name').max(200).optional();

/** `now`: before the next step of the turn that runs, first in line where none does. `after`: behind what waits. */
export const PromptWhen = z.enum(['now', 'after']);
export type PromptWhen = z.infer<typeof PromptWhen>;

/**
 * `plan`: only a plan is wanted, which somebody approves before anything is done. `large`: the same, as a graph of parts
 * that several agents do.
 */
export const PromptMode = z.enum(['work', 'plan', 'large']);
export type PromptMode = z.infer<typeof PromptMode>;

/** What a turn is for that changes nothing. */
export const PlanMode = PromptMode.exclude(['work']);
export type PlanMode = z.infer<typeof PlanMode>;

/** Undefined where the prompt is for work. */
export const planModeOf = (mode: PromptMode | undefined): PlanMode | undefined =>
  mode === 'work' ? undefined : mode;

/** Of prompts that wait behind a turn that somebody stops: they run, wait until somebody lets them run, or are cancelled. */
export const AfterStop = z.enum(['run', 'hold', 'clear']);
export type AfterStop = z.infer<typeof AfterStop>;

type Asked = {
  author: { userId: string };
  model?: string | undefined;
  mode?: PromptMode | undefined;
  agent?: string | undefined;
};

/** Whether two prompts that wait one behind the other are read by one turn: they are one person's, for one model and agent. */
export const runTogether = (one: Asked, next: Asked): boolean =>
  one.author.userId === next.author.userId &&
  one.model === next.model &&
  one.mode === next.mode &&
  one.agent === next.agent;

/** What goes on where a budget ended it. */
export const goOnText = 'Continue';
export const isGoOn = (text: string): boolean => /^\s*(continue|go on)[.!]?\s*$/i.test(text);

/** A plan as somebody approves it. */
export const PlanText = z
  .string()
  .max(limits.planChars, `a plan has at most ${limits.planChars} characters`)
  .refine(text => text.trim() !== '', 'a plan needs some text');
