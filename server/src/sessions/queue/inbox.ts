import {
  type Actor,
  type Attachment,
  type Author,
  failure,
  limits,
  newId,
  type Result,
} from '@deckhand/shared';
import { z } from 'zod';
import { readField } from '../archive/hotOrCold.ts';
import { withAuthor } from '../authors.ts';
import { touchSession } from '../list.ts';
import { bodyHash } from '../store/bodyHash.ts';
import { commit } from '../store/commit.ts';
import { orgKeys, part, sessionKey } from '../store/keys.ts';
import { readMeta } from '../store/meta.ts';
import type { Store } from '../store/store.ts';
import { checksOf, isPossible } from '../transitions.ts';
import { keepLongText, type ShownText } from './longText.ts';

export type PromptRequest = {
  requestId: string;
  text: string;
  attachments: Attachment[];
  author: Author;
  actor: Actor;
};
export type Queued = { promptId: string; position: number };

/** What the inbox keeps of a prompt until its turn. */
export type StoredPrompt = PromptRequest & { promptId: string };

const Answered = z.object({ promptId: z.string(), position: z.number(), hash: z.string() });

/** Prompts race each other for the next place in line; each loser looks again. So many losses mean something is wrong. */
const maxRaces = 50;

/**
 * Puts a prompt into the session's queue and log in one script, once per author and requestId. The session is
 * indexed as open first: whatever dies afterwards, the sweeper finds the work.
 */
export async function appendPrompt(
  store: Store,
  sessionId: string,
  request: PromptRequest,
): Promise<Result<Queued>> {
  const field = `${request.author.userId}|${request.requestId}`;
  const hash = bodyHash([request.text, request.attachments.map(file => file.attachmentId)]);
  await store.sadd(orgKeys.open, sessionId);
  let kept: ShownText | null = null;
  for (let race = 0; race < maxRaces; race++) {
    const [earlier, waiting, meta] = await Promise.all([
      readField(store, sessionId, part.requests, field),
      store.llen(sessionKey(sessionId, part.inbox)),
      readMeta(store, sessionId),
    ]);
    if (!meta) return noSession(sessionId);
    if (earlier) return answerAgain(earlier, hash, request.requestId);
    if (!isPossible(meta.state, 'prompt.queued')) return archived();
    if (waiting >= limits.waitingPrompts)
      return failure(
        'queue_full',
        `${waiting} prompts already wait in this session. Wait for one to run or cancel one.`,
      );
    kept ??= await keepLongText(store, request.text, {
      actor: request.actor,
      beside: [request.requestId, request.attachments, request.author],
    });
    const queued: Queued = { promptId: newId('prompt'), position: waiting + 1 };
    const done = await commit(store, sessionId, {
      checks: checksOf('prompt.queued', { request: field, waiting }),
      ops: [
        ['RPUSH', part.inbox, queued.promptId],
        ['HSET', part.prompts, queued.promptId, JSON.stringify({ ...request, promptId: queued.promptId })],
        ['HSET', part.requests, field, JSON.stringify({ ...queued, hash })],
        ...kept.ops,
        ['HSET', part.meta, 'authors', JSON.stringify(withAuthor(meta.authors, request.author))],
      ],
      events: [
        ...kept.events,
        {
          type: 'prompt.queued',
          actor: request.actor,
          data: {
            ...queued,
            requestId: request.requestId,
            ...kept.shown,
            attachments: request.attachments,
            author: request.author,
          },
        },
      ],
    });
    if (done.ok) {
      await touchSession(store, meta.orgId, sessionId);
      return { ok: true, ...queued };
    }
  }
  return failure('rate_limited', 'Too many prompts arrived at once. Send it again.');
}

export async function editPrompt(
  store: Store,
  sessionId: string,
  edit: { promptId: string; text: string; actor: Actor },
): Promise<Result> {
  const stored = await readPrompt(store, sessionId, edit.promptId);
  if (!stored) return notWaiting(edit.promptId);
  if (stored.author.userId !== edit.actor.userId)
    return failure('not_found', 'Only its author can edit a waiting prompt.');
  const before = JSON.stringify(stored);
  const kept = await keepLongText(store, edit.text, { actor: edit.actor });
  const done = await commit(store, sessionId, {
    checks: checksOf('prompt.edited', { prompts: [[edit.promptId, before]] }),
    ops: [['HSET', part.prompts, edit.promptId, JSON.stringify({ ...stored, text: edit.text })], ...kept.ops],
    events: [
      ...kept.events,
      { type: 'prompt.edited', actor: edit.actor, data: { promptId: edit.promptId, ...kept.shown } },
    ],
  });
  return done.ok ? { ok: true } : notWaiting(edit.promptId);
}

/** Takes a waiting prompt out of the queue. `not_found` where it does not wait (any more), also for who cancels twice. */
export async function cancelPrompt(
  store: Store,
  sessionId: string,
  cancel: { promptId: string; actor: Actor },
): Promise<Result> {
  const stored = await store.hget(sessionKey(sessionId, part.prompts), cancel.promptId);
  if (!stored) return notWaiting(cancel.promptId);
  const done = await commit(store, sessionId, {
    checks: checksOf('prompt.cancelled', { prompts: [[cancel.promptId, stored]] }),
    ops: [
      ['LREM', part.inbox, 1, cancel.promptId],
      ['HDEL', part.prompts, cancel.promptId],
    ],
    events: [{ type: 'prompt.cancelled', actor: cancel.actor, data: { promptId: cancel.promptId } }],
  });
  return done.ok ? { ok: true } : notWaiting(cancel.promptId);
}

/** The prompts at the head of the queue that one turn takes: the first, and those directly behind it by its author. */
export async function headPrompts(store: Store, sessionId: string): Promise<StoredPrompt[]> {
  const ids = await store.lrange(sessionKey(sessionId, part.inbox), 0, -1);
  if (ids.length === 0) return [];
  const texts = await store.hmget(sessionKey(sessionId, part.prompts), ...ids);
  const prompts = texts.flatMap(text => (text ? [JSON.parse(text) as StoredPrompt] : []));
  const first = prompts[0];
  if (!first) return [];
  const end = prompts.findIndex(prompt => prompt.author.userId !== first.author.userId);
  return end === -1 ? prompts : prompts.slice(0, end);
}

async function readPrompt(store: Store, sessionId: string, promptId: string): Promise<StoredPrompt | null> {
  const text = await store.hget(sessionKey(sessionId, part.prompts), promptId);
  return text ? (JSON.parse(text) as StoredPrompt) : null;
}

function answerAgain(earlier: string, hash: string, requestId: string): Result<Queued> {
  const { promptId, position, hash: earlierHash } = Answered.parse(JSON.parse(earlier));
  if (earlierHash !== hash)
    return failure('request_conflict', `requestId ${requestId} was already used for another prompt.`);
  return { ok: true, promptId, position };
}

const notWaiting = (promptId: string) =>
  failure(
    'not_found',
    `Prompt ${promptId} does not wait in this session: it runs, has run or was cancelled.`,
  );
const archived = () => failure('not_found', 'This session is archived. Start a new one.');
export const noSession = (sessionId: string) => failure('not_found', `There is no session ${sessionId}.`);
