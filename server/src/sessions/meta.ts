import { Author, Budget, Outcome, Session, Usage } from '@deckhand/shared';
import { z } from 'zod';
import { part, sessionKey } from './keys.ts';
import type { Store } from './store.ts';

export const PendingCall = z.object({
  callId: z.string(),
  /** The model's own id for the call, which its result must carry. */
  modelCallId: z.string(),
  tool: z.string(),
  input: z.unknown(),
  /** Arguments that are not of the tool's shape: never dispatched, the model is told. */
  invalid: z.string().optional(),
});
export type PendingCall = z.infer<typeof PendingCall>;

/** Run state: the turn in progress. With context and log it is all a worker needs to continue. */
export const Run = z.object({
  turnId: z.string(),
  promptIds: z.array(z.string()),
  author: Author,
  /** First words of the prompt: the commit's subject. */
  title: z.string(),
  model: z.string(),
  startedAtMs: z.number(),
  deadlineAtMs: z.number(),
  tokenBudget: z.number(),
  steps: z.number(),
  usage: Usage,
  pending: z.array(PendingCall),
  /** A tool ran in the sandbox: there may be work to keep. */
  touched: z.boolean(),
  /** Set with the model's last word: what remains is commit, push, change. */
  ending: z
    .object({ outcome: Outcome, question: z.string().optional(), choices: z.array(z.string()).optional() })
    .optional(),
});
export type Run = z.infer<typeof Run>;

/** The branch that the session's work goes to; `k` rises when its change was merged or closed. */
export const Branch = z.object({
  k: z.number(),
  name: z.string(),
  pushedSha: z.string().optional(),
  changeId: z.string().optional(),
  changeUrl: z.string().optional(),
});
export type Branch = z.infer<typeof Branch>;

export type Meta = Session & {
  orgId: string;
  fence: number;
  run: Run | null;
  /** Turn that somebody asked to stop. */
  stop: string | null;
  sandboxId: string | null;
  /** The disk that the session sleeps on: its work tree as it was, with what git ignores. */
  disk: string | null;
  /** Work of the last turn, kept in the mirror under refs/deckhand/<session>. */
  refSha: string | null;
  /** The commit of the base branch that the session's work stands on. */
  baseSha: string | null;
  branchState: Branch | null;
  budget: Budget;
  warmupId: string | null;
};

const json = (text: string | undefined): unknown => (text ? JSON.parse(text) : null);

export function parseMeta(hash: Record<string, string>): Meta | null {
  if (!hash.id) return null;
  const branchState = Branch.nullable().parse(json(hash.branchState));
  const session = Session.parse({
    id: hash.id,
    title: hash.title,
    repo: hash.repo || null,
    state: hash.state,
    origin: hash.origin,
    branch: branchState?.name ?? null,
    authors: json(hash.authors) ?? [],
    createdAt: new Date(Number(hash.createdAt)).toISOString(),
    updatedAt: new Date(Number(hash.updatedAt)).toISOString(),
    last: Number(hash.last ?? 0),
  });
  return {
    ...session,
    orgId: hash.orgId ?? 'default',
    fence: Number(hash.fence ?? 0),
    run: Run.nullable().parse(json(hash.run)),
    stop: hash.stop || null,
    sandboxId: hash.sandboxId || null,
    disk: hash.disk || null,
    refSha: hash.refSha || null,
    baseSha: hash.baseSha || null,
    branchState,
    budget: Budget.parse(json(hash.budget) ?? {}),
    warmupId: hash.warmupId || null,
  };
}

export async function readMeta(store: Store, sessionId: string): Promise<Meta | null> {
  return parseMeta(await store.hgetall(sessionKey(sessionId, part.meta)));
}

/** What the contract shows of a session. */
export const toSession = (meta: Meta): Session => Session.parse(meta);
