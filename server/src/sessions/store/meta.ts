import {
  Author,
  Budget,
  BudgetState,
  KnownAgent,
  Outcome,
  PlanMode,
  Session,
  Usage,
  WorkflowGraph,
} from '@deckhand/shared';
import { z } from 'zod';
import { withHome } from '../archive/home.ts';
import { ControlRecord } from '../control/controlRecord.ts';
import { WorkflowState } from '../run/workflowState.ts';
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
  /** Where text was from, when the model asked for it, that nobody here wrote; what is read since made nothing of it. */
  untrusted: z.array(z.string()).optional(),
});
export type PendingCall = z.infer<typeof PendingCall>;

/** A name and an address as git writes them. */
export const Signature = z.object({ name: z.string(), email: z.string() });
export type Signature = z.infer<typeof Signature>;

/** Run state: the turn in progress. With context and log it is all a worker needs to continue. */
export const Run = z.object({
  turnId: z.string(),
  promptIds: z.array(z.string()),
  author: Author,
  /** Who else prompted while it ran. */
  beside: z.array(Author).optional(),
  /** First words of the prompt: the commit's subject. */
  title: z.string(),
  model: z.string(),
  /** What it is asked with, where that was chosen. */
  temperature: z.number().optional(),
  /** Only a plan is wanted: nothing is changed. */
  mode: PlanMode.optional(),
  /** Who works, as its definition was when the turn began; absent where none was named. */
  agent: KnownAgent.optional(),
  /** The agent that was named is no more: nothing is done in another's place. */
  agentGone: z.string().optional(),
  /** Some of its work was given to other agents; what they used, by their records. */
  delegated: z.boolean().optional(),
  tasksUsage: Usage.optional(),
  /** What such a turn came to: its last message. */
  plan: z.string().optional(),
  /** What it proposes instead: a graph, and the same as people read it. */
  proposed: z.object({ graph: WorkflowGraph, text: z.string() }).optional(),
  /** The approved graph that it runs, and how far that is. */
  workflow: WorkflowState.optional(),
  startedAtMs: z.number(),
  deadlineAtMs: z.number(),
  tokenBudget: z.number(),
  steps: z.number(),
  usage: Usage,
  /** What of it other models used than the turn's own, which sum up its context; by their names. */
  besides: z.record(z.string(), Usage).optional(),
  pending: z.array(PendingCall),
  /** A tool ran in the sandbox: there may be work to keep. */
  touched: z.boolean(),
  /** When the model's first word or call came. */
  firstTokenAtMs: z.number().optional(),
  /** Whose name the commits carry. */
  signature: Signature.optional(),
  /** The agent's own words for the change; the prompt's where it gave none. */
  words: z.object({ title: z.string(), body: z.string(), draft: z.boolean() }).optional(),
  /** The agent's last message. */
  said: z.string().optional(),
  /** What the agent was given to merge in this turn: of the base branch, of somebody else's push. */
  upstream: z.string().optional(),
  theirs: z.string().optional(),
  /** What the agent is to be told once the calls of its last answer have their results; nothing may stand between. */
  toTell: z.array(z.string()).optional(),
  /** How often what it did could not be published and it was told why. */
  refusals: z.number().optional(),
  /** In how many steps a call came to the very same result, and the last; by a digest of both. */
  repeats: z.record(z.string(), z.object({ times: z.number(), step: z.number() })).optional(),
  /** It waits for somebody's yes, since then. */
  parkedAtMs: z.number().optional(),
  /** Where text came from in this turn that nobody here wrote. */
  untrusted: z.array(z.string()).optional(),
  /** The budget of time that ends it first, where that is another than the turn's own. */
  timeBudget: BudgetState.optional(),
  /** When it first had a sandbox. */
  sandboxAtMs: z.number().optional(),
  /** It waits for these children, all or any of them, and goes on at that time anyway. `answered`: one that asks has not ended. */
  waitsFor: z
    .object({
      callId: z.string(),
      childIds: z.array(z.string()),
      any: z.boolean(),
      untilMs: z.number(),
      answered: z.boolean().optional(),
    })
    .optional(),
  /** Budgets of which it was said that they are nearly used up. */
  warned: z.array(z.string()).optional(),
  /** What it was told of that passes if it stays, by id. */
  remarked: z.array(z.string()).optional(),
  /** Set with the model's last word: what remains is commit, push, change. */
  ending: z
    .object({ outcome: Outcome, question: z.string().optional(), choices: z.array(z.string()).optional() })
    .optional(),
});
export type Run = z.infer<typeof Run>;

/** Whose work a turn's is. */
export const authorsOf = ({ author, beside = [] }: Run): Author[] => [author, ...beside];

/** The branch that the session's work goes to; `k` rises when its change was merged or closed, and at a rewind. */
export const Branch = z.object({
  k: z.number(),
  name: z.string(),
  pushedSha: z.string().optional(),
  changeId: z.string().optional(),
  /** The branch before this one was merged at this commit: work goes on from the base branch. */
  mergedSha: z.string().optional(),
  /** The change that this one stands on: its branch, and what was pushed there. */
  below: z.object({ changeId: z.string(), branch: z.string(), sha: z.string() }).optional(),
  /** What somebody else pushed there: it is taken in before anything is written. */
  theirSha: z.string().optional(),
});
export type Branch = z.infer<typeof Branch>;

export const branchName = (sessionId: string, k: number) => `deckhand/${sessionId}-${k}`;

/** The branch that this session's next work goes to. */
export const branchOf = (meta: Meta): Branch => meta.branchState ?? { k: 1, name: branchName(meta.id, 1) };

/** [from, to) of the context: what the model no longer reads. Nothing is ever taken out of the context itself. */
export const ContextSkips = z.array(z.tuple([z.number(), z.number()]));
export type ContextSkips = z.infer<typeof ContextSkips>;

/** Whether a rewind took back what was made when the context had this length. */
export const isUndone = (madeAt: number, skips: ContextSkips): boolean =>
  skips.some(([from, to]) => from < madeAt && madeAt <= to);

/** Processes of one sandbox: in another there are none of them. */
export const Background = z.object({
  sandboxId: z.string(),
  running: z.array(z.object({ handle: z.string(), command: z.string() })),
});
export type Background = z.infer<typeof Background>;

/** `depth`: 1 where that one was begun by a person. */
export const Parent = z.object({ sessionId: z.string(), depth: z.number() });
export type Parent = z.infer<typeof Parent>;

/** Of a session in which an attempt is made. */
export const Attempt = z.object({
  groupId: z.string(),
  n: z.number(),
  /** The commit that it begins from; null: the base branch's, as it is then. */
  before: z.string().nullable(),
  madeWith: z.string().optional(),
  temperature: z.number().optional(),
});
export type Attempt = z.infer<typeof Attempt>;

export type Meta = Session & {
  orgId: string;
  sandboxId: string | null;
  /** The disk that the session sleeps on: its work tree as it was, with what git ignores. */
  disk: string | null;
  /** Root file system of its sandbox; the base image where null. */
  root: string | null;
  /** Its sandbox is still being brought up to date, or was when its server died. */
  syncing: boolean;
  /** What ran in its sandbox when it fell asleep, and does not come back with its disk. */
  leftRunning: string[];
  /** What the agent's commands ran in the background when the last turn ended. */
  background: Background | null;
  /** Work of the last turn, kept in the mirror under refs/deckhand/<session>. */
  refSha: string | null;
  /** The commit of the base branch that the session's work stands on. */
  baseSha: string | null;
  /** Which state of the base branch was told of that the work does not stand on: its commit, or `gone`. */
  baseTold: string | null;
  branchState: Branch | null;
  /** The turn that the session stands at: the last that ended, or the one it was rewound to. */
  turnHead: string | null;
  contextSkips: ContextSkips;
  budget: Budget;
  /** Who did what lies in the work tree and is in no commit yet, from turns that did not end well. */
  unfinished: Author[];
  warmupId: string | null;
  /** Chosen for the session; the server's where null. */
  model: string | null;
  /** A stop held the prompts that wait. */
  queueHeld: boolean;
  /** More of who has control. */
  controlRecord: ControlRecord | null;
  /** The session whose agent began it. */
  parent: Parent | null;
  /** What it does stays in it until somebody takes it. */
  attempt: Attempt | null;
  /** The blob that the session was restored from; kept until the next hibernation took its place. */
  archive: string | null;
};

const json = (text: string | undefined): unknown => (text ? JSON.parse(text) : null);

export function parseMeta(hash: Record<string, string>): Meta | null {
  if (!hash.id) return null;
  const branchState = Branch.nullable().parse(json(hash.branchState));
  const parent = Parent.nullable().parse(json(hash.parent));
  const controlRecord = ControlRecord.nullable().parse(json(hash.control));
  const session = Session.parse({
    id: hash.id,
    title: hash.title,
    repo: hash.repo || null,
    state: hash.state,
    lastOutcome: hash.lastOutcome || null,
    origin: hash.origin,
    parentId: parent?.sessionId ?? null,
    waitsForPlan: Boolean(hash.plan),
    waitsForChildren: hash.waitsFor === 'children',
    control: controlRecord && {
      by: controlRecord.by,
      since: new Date(controlRecord.sinceMs).toISOString(),
    },
    branch: branchState?.name ?? null,
    authors: json(hash.authors) ?? [],
    createdAt: new Date(Number(hash.createdAt)).toISOString(),
    updatedAt: new Date(Number(hash.updatedAt)).toISOString(),
    last: Number(hash.last ?? 0),
  });
  return {
    ...session,
    orgId: hash.orgId ?? 'default',
    sandboxId: hash.sandboxId || null,
    disk: hash.disk || null,
    root: hash.root || null,
    syncing: hash.syncing === '1',
    leftRunning: z.array(z.string()).parse(json(hash.leftRunning) ?? []),
    background: Background.nullable().parse(json(hash.background)),
    refSha: hash.refSha || null,
    baseSha: hash.baseSha || null,
    baseTold: hash.baseTold || null,
    branchState,
    turnHead: hash.turnHead || null,
    contextSkips: ContextSkips.parse(json(hash.contextSkips) ?? []),
    budget: Budget.parse(json(hash.budget) ?? {}),
    unfinished: z.array(Author).parse(json(hash.unfinished) ?? []),
    warmupId: hash.warmupId || null,
    model: hash.model || null,
    queueHeld: hash.queueHeld === '1',
    controlRecord,
    parent,
    attempt: Attempt.nullable().parse(json(hash.attempt)),
    archive: hash.archive || null,
  };
}

/** Of a hibernated session the home record knows it. */
export async function readMeta(store: Store, sessionId: string): Promise<Meta | null> {
  const key = sessionKey(sessionId, part.meta);
  const hash = await store.hgetall(key);
  if (hash.id) return parseMeta(hash);
  const { home, answer } = await withHome(store, sessionId, multi => multi.hgetall(key));
  return parseMeta(home?.meta ?? (answer as Record<string, string>));
}

/** What the contract shows of a session. */
export const toSession = (meta: Meta): Session => Session.parse(meta);
