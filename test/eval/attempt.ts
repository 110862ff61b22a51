import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { knownEvent, noUsage, type SessionEvent, type Usage } from '@deckhand/shared';
import { type Client, followEvents, newRequestId } from '@deckhand/shared/client';
import type { Checked, CleanRoom, Turns } from './cleanRoom.ts';
import type { Task } from './task.ts';
import type { TaskRepo } from './taskRepo.ts';

/** What came of one try at a task. */
export type Attempt = {
  task: string;
  /** From 1. */
  n: number;
  solved: boolean;
  /** How each of its turns ended. */
  outcomes: string[];
  steps: number;
  inputTokens: number;
  /** Of `inputTokens`. */
  cachedInputTokens: number;
  outputTokens: number;
  /** Null where the model's price is not known. */
  costUsd: number | null;
  /** From the prompt to the end of the last turn. */
  wallMs: number;
  toolCalls: number;
  toolErrors: number;
  /** Version of what is written for the model; null where it was never asked. */
  prompts: string | null;
  sessionId: string | null;
  /** Where it is not solved: what the checks said, or why there was no result. */
  why: string | null;
};

export type AttemptDeps = {
  client: Client;
  repo: TaskRepo;
  /** A clean one for each check. */
  openRoom: () => Promise<CleanRoom>;
  model?: string | undefined;
  /** Of each turn. */
  turnMs: number;
  /** The words that are sent; those of the task where absent. */
  wordsFor?: ((task: Task, text: string, nth: number) => string) | undefined;
};

type Told = {
  turns: Turns;
  usage: Usage;
  costUsd: number | null;
  calls: number;
  errors: number;
  branch: string | null;
};

/** One try: a session of its own, followed to its end, and its result judged in a clean place. */
export async function attempt(deps: AttemptDeps, task: Task, n: number): Promise<Attempt> {
  const beganAtMs = performance.now();
  const told: Told = { turns: [], usage: noUsage, costUsd: 0, calls: 0, errors: 0, branch: null };
  let sessionId: string | null = null;
  let judged: Checked;
  let wallMs = 0;
  try {
    sessionId = await begin(deps, task);
    await follow(deps, task, sessionId, told);
    wallMs = performance.now() - beganAtMs;
    judged = await judge(deps, task, told);
  } catch (error) {
    judged = { passed: false, output: (error as Error).message };
  }
  const { usage, turns, calls, errors, costUsd } = told;
  const made: Attempt = {
    ...{ task: task.name, n, solved: judged.passed, outcomes: turns.map(({ outcome }) => outcome) },
    steps: usage.steps,
    inputTokens: usage.inputTokens,
    cachedInputTokens: usage.cachedInputTokens,
    outputTokens: usage.outputTokens,
    ...{ costUsd, toolCalls: calls, toolErrors: errors },
    wallMs: Math.round(wallMs || performance.now() - beganAtMs),
    ...{ prompts: sessionId ? await promptsOf(deps.client, sessionId) : null, sessionId },
    why: judged.passed ? null : judged.output.trim(),
  };
  // Its sandbox is somebody else's now.
  if (sessionId) await deps.client.http['session.archive']({ sessionId });
  return made;
}

function must<T extends { ok: boolean }>(result: T): Extract<T, { ok: true }> {
  if (result.ok) return result as Extract<T, { ok: true }>;
  const { code, message } = result as unknown as { code: string; message: string };
  throw new Error(`${code}: ${message}`);
}

const plain = (_: Task, text: string) => text;

async function begin({ client, model, turnMs, wordsFor = plain }: AttemptDeps, task: Task): Promise<string> {
  const attachments: string[] = [];
  for (const { name, mediaType, path } of task.attachments) {
    const file = new File([await readFile(path)], name, { type: mediaType });
    attachments.push(must(await client.uploadAttachment(file)).attachment.attachmentId);
  }
  const created = await client.http['session.create']({
    requestId: newRequestId(),
    repo: task.name,
    prompt: wordsFor(task, task.prompt, 0),
    attachments,
    budget: { timeMs: turnMs },
    ...(model === undefined ? {} : { model }),
  });
  return must(created).session.id;
}

/** Until the last turn ended; a question is answered once, where the task has an answer. */
async function follow(deps: AttemptDeps, task: Task, sessionId: string, told: Told): Promise<void> {
  const { client, wordsFor = plain } = deps;
  const over = new AbortController();
  // A turn ends by itself; a server that died does not.
  const patience = setTimeout(() => over.abort(), 2 * deps.turnMs + 120_000);
  const said = new Map<string, string>();
  try {
    for await (const piece of followEvents(client, sessionId, { signal: over.signal })) {
      const event = 'event' in piece ? knownEvent(piece.event) : null;
      if (!event) continue;
      count(event, told);
      if (event.type === 'message.done') said.set(event.turnId ?? '', event.data.text);
      if (event.type !== 'turn.finished') continue;
      const { outcome, question = null, turnId } = event.data;
      told.turns.push({ outcome, question, said: said.get(turnId) ?? '' });
      if (outcome !== 'asked' || task.reply === null || told.turns.length > 1) return;
      const text = wordsFor(task, task.reply, told.turns.length);
      must(await client.http['prompt.send']({ sessionId, requestId: newRequestId(), text }));
    }
    throw new Error('The session did not come to an end.');
  } finally {
    clearTimeout(patience);
    over.abort();
  }
}

function count(event: SessionEvent, told: Told): void {
  switch (event.type) {
    case 'tool.finished':
      told.calls += 1;
      if (!event.data.ok) told.errors += 1;
      return;
    case 'change.opened':
      told.branch = event.data.branch;
      return;
    case 'turn.finished': {
      const { usage, costUsd } = event.data;
      told.costUsd = told.costUsd === null || costUsd === undefined ? null : told.costUsd + costUsd;
      told.usage = {
        inputTokens: told.usage.inputTokens + usage.inputTokens,
        outputTokens: told.usage.outputTokens + usage.outputTokens,
        cachedInputTokens: told.usage.cachedInputTokens + usage.cachedInputTokens,
        steps: told.usage.steps + usage.steps,
      };
      return;
    }
    default:
      return;
  }
}

async function judge({ repo, openRoom }: AttemptDeps, task: Task, told: Told): Promise<Checked> {
  const tree = join(repo.url, '..', `result-${crypto.randomUUID()}`);
  await repo.checkOut(told.branch, tree);
  const room = await openRoom();
  try {
    return await room.check(task, { tree, turns: told.turns });
  } finally {
    await Promise.all([room.close(), rm(tree, { recursive: true, force: true })]);
  }
}

async function promptsOf(client: Client, sessionId: string): Promise<string | null> {
  const listed = await client.http['step.list']({ sessionId });
  return listed.ok ? (listed.steps.at(-1)?.prompts ?? null) : null;
}
