import {
  type Actor,
  type Attachment,
  type Author,
  type Budget,
  failure,
  newId,
  type Origin,
  type PromptMode,
  type Result,
} from '@deckhand/shared';
import { touchSession } from './list.ts';
import { appendPrompt, type PromptRequest } from './queue/inbox.ts';
import { agentBeside } from './queue/namedAgent.ts';
import { bodyHash } from './store/bodyHash.ts';
import { type Batch, commit } from './store/commit.ts';
import { orgKeys, part } from './store/keys.ts';
import type { Attempt, Parent } from './store/meta.ts';
import type { Store } from './store/store.ts';
import { checksOf, nextState, unborn } from './transitions.ts';

export type CreateRequest = {
  requestId: string;
  orgId: string;
  author: Author;
  actor: Actor;
  repo: string | null;
  title?: string | undefined;
  origin: Origin;
  budget?: Budget | undefined;
  warmupId?: string | undefined;
  /** Chosen for the session; the server's where absent. */
  model?: string | undefined;
  /** The session whose agent begins it. */
  parent?: Parent | undefined;
  /** The attempt that is made in it. */
  attempt?: Attempt | undefined;
  prompt?:
    | {
        text: string;
        attachments: Attachment[];
        mode?: PromptMode | undefined;
        agent?: string | undefined;
      }
    | undefined;
};

/** A retried command counts as the same one for a week. */
const requestTtlSeconds = 7 * 24 * 3600;

/** What a session is called by its first prompt, until somebody names it. */
export const titleOf = (text = 'New session'): string => {
  const line = text.trim().split('\n')[0] ?? '';
  return line.length > 80 ? `${line.slice(0, 79).trimEnd()}…` : line || 'New session';
};

/**
 * Creates a session, once per author and requestId: the id is reserved first, so a retry after a crash at any point
 * finds the same session and completes what is missing.
 */
export async function createSession(
  store: Store,
  request: CreateRequest,
): Promise<Result<{ sessionId: string; promptId?: string }>> {
  const { requestId, author, actor: _, warmupId: __, ...body } = request;
  const reserved = await reserveSession(store, {
    userId: author.userId,
    requestId,
    body: body.prompt ? { ...body, prompt: { ...body.prompt, ...sentAgent(body.prompt) } } : body,
  });
  if (!reserved.ok) return reserved;
  const { sessionId } = reserved;
  const created = await createAs(store, sessionId, request);
  if (!created.ok) return created;
  if (!request.prompt) return { ok: true, sessionId };

  const prompt: PromptRequest = { ...request.prompt, requestId, author, actor: request.actor };
  const appended = await appendPrompt(store, sessionId, prompt);
  return appended.ok ? { ok: true, sessionId, promptId: appended.promptId } : appended;
}

const sentAgent = (prompt: Pick<PromptRequest, 'agent' | 'text'>) => ({
  agent: agentBeside(prompt)[0]?.agent,
});

/** Creates the session with that id unless it is there, without any prompt. */
export async function createAs(
  store: Store,
  sessionId: string,
  request: Omit<CreateRequest, 'requestId'>,
): Promise<Result<{ created: boolean }>> {
  const created = await commit(store, sessionId, creation(sessionId, request));
  if (!created.ok && created.failed[0] !== 'absent')
    return failure('internal', 'The session was not created.');
  await touchSession(store, request.orgId, sessionId);
  return { ok: true, created: created.ok };
}

/** The id of the session that this request makes, the same however often it is sent. */
export async function reserveSession(
  store: Store,
  { userId, requestId, body }: { userId: string; requestId: string; body: unknown },
): Promise<Result<{ sessionId: string }>> {
  const key = orgKeys.request(userId, requestId);
  const fresh = JSON.stringify({ sessionId: newId('session'), hash: bodyHash(body) });
  const found = (await store.set(key, fresh, 'EX', requestTtlSeconds, 'NX', 'GET')) ?? fresh;
  const { sessionId, hash } = JSON.parse(found) as { sessionId: string; hash: string };
  if (hash === bodyHash(body)) return { ok: true, sessionId };
  return failure('request_conflict', `requestId ${requestId} was already used for another session.`);
}

function creation(sessionId: string, request: Omit<CreateRequest, 'requestId'>): Batch {
  const nowMs = Date.now();
  const title = titleOf(request.title ?? request.prompt?.text);
  const fields = {
    id: sessionId,
    orgId: request.orgId,
    title,
    repo: request.repo ?? '',
    state: nextState(unborn, { kind: 'created' }) ?? '',
    origin: request.origin,
    authors: JSON.stringify([request.author]),
    createdAt: nowMs,
    updatedAt: nowMs,
    budget: JSON.stringify(request.budget ?? {}),
    warmupId: request.warmupId ?? '',
    model: request.model ?? '',
    ...(request.attempt ? { attempt: JSON.stringify(request.attempt) } : {}),
    ...(request.parent ? { parent: JSON.stringify(request.parent) } : {}),
  };
  return {
    checks: checksOf('created'),
    ops: [['HSET', part.meta, ...Object.entries(fields).flat()]],
    events: [
      {
        type: 'session.created',
        actor: request.actor,
        data: {
          title,
          repo: request.repo,
          origin: request.origin,
          ...(request.model ? { model: request.model } : {}),
          ...(request.parent ? { parentId: request.parent.sessionId } : {}),
          ...(request.attempt?.madeWith ? { madeWith: request.attempt.madeWith } : {}),
        },
      },
    ],
  };
}
