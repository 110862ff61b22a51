import { z } from 'zod';
import { AgentId } from './agents.ts';
import { Extent } from './approvals.ts';
import { LineComments } from './comments.ts';
import { http } from './httpForm.ts';
import { idOf, RequestId } from './ids.ts';
import { OnBehalfOf, OnBehalfOfRead } from './people.ts';
import {
  AfterStop,
  AttachmentIds,
  ModelChoice,
  PlanText,
  PromptMode,
  PromptText,
  PromptWhen,
} from './prompts.ts';
import { WorkflowGraph } from './workflow.ts';

const count = z.number().int().nonnegative();
const sessionId = idOf('session');
const promptId = idOf('prompt');
const turnId = idOf('turn');
const onBehalfOf = OnBehalfOf.optional();
const nothing = z.looseObject({});

/** What people say to a session: prompts, a stop, a yes or no. */
export const promptCommands = {
  'prompt.send': {
    input: z.object({
      sessionId,
      requestId: RequestId,
      text: PromptText,
      attachments: AttachmentIds,
      /** For this prompt's turn alone. */
      model: ModelChoice,
      when: PromptWhen.default('after'),
      mode: PromptMode.default('work'),
      /** Which agent is to work on it; `@name` at the beginning of its text says the same. */
      agent: AgentId.optional(),
      /** On lines of the diff: the text is followed by each, with its place and what stands there. */
      comments: LineComments.optional(),
      onBehalfOf,
    }),
    output: z.object({ promptId, position: count }),
    http: http('POST', '/sessions/:sessionId/prompts', 202),
    socket: true,
  },
  'prompt.edit': {
    input: z.object({ sessionId, promptId, text: PromptText, onBehalfOf }),
    output: nothing,
    http: http('PATCH', '/sessions/:sessionId/prompts/:promptId'),
    socket: true,
  },
  'prompt.cancel': {
    // Over HTTP it has no body: the query carries it.
    input: z.object({ sessionId, promptId, onBehalfOf: OnBehalfOfRead.optional() }),
    output: nothing,
    http: http('DELETE', '/sessions/:sessionId/prompts/:promptId'),
    socket: true,
  },
  'turn.stop': {
    input: z.object({
      sessionId,
      turnId: turnId.optional(),
      /** What becomes of the prompts that wait: they run, they are held until somebody says so, or they are cancelled. */
      queue: AfterStop.default('run'),
      onBehalfOf,
    }),
    /** Absent where attempts were stopped, which no turn of this session made. */
    output: z.object({ turnId: turnId.optional() }),
    http: http('POST', '/sessions/:sessionId/stop'),
    socket: true,
  },
  /** A queue that a stop held goes on. */
  'queue.release': {
    input: z.object({ sessionId, onBehalfOf }),
    output: nothing,
    http: http('POST', '/sessions/:sessionId/queue/release'),
    socket: true,
  },
  /** Asks again what the turn was asked that the session stands at: by whoever says so, in their name. */
  'turn.retry': {
    input: z.object({ sessionId, turnId, onBehalfOf }),
    output: z.object({ promptId }),
    http: http('POST', '/sessions/:sessionId/turns/:turnId/retry', 202),
    socket: true,
  },
  'approval.answer': {
    input: z.object({
      sessionId,
      approvalId: z.string().max(100),
      approve: z.boolean(),
      /** A plan or an action as it is approved, where somebody edited it. */
      text: PlanText.optional(),
      /** A graph as it is approved, where somebody edited it; `text` says the same in words. */
      workflow: WorkflowGraph.optional(),
      /** How far a yes reaches: once, where it is not said. */
      extent: Extent.optional(),
      onBehalfOf,
    }),
    /** `promptId`: the approved plan runs as this prompt. */
    output: z.object({ promptId: promptId.optional() }),
    http: http('POST', '/sessions/:sessionId/approvals/:approvalId'),
    socket: true,
  },
} as const;
