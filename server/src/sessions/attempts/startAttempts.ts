import {
  type Actor,
  type Attachment,
  type Author,
  failure,
  newId,
  type Result,
  startOf,
} from '@deckhand/shared';
import { z } from 'zod';
import { readField } from '../archive/hotOrCold.ts';
import { restoreSession } from '../archive/restore.ts';
import { noSession } from '../queue/inbox.ts';
import { readRunIds } from '../run/runState.ts';
import { bodyHash } from '../store/bodyHash.ts';
import { commit } from '../store/commit.ts';
import { part, sessionKey } from '../store/keys.ts';
import { readMeta } from '../store/meta.ts';
import type { Store } from '../store/store.ts';
import { checksOf, conditionOf, isArchived } from '../transitions.ts';
import {
  type AttemptGroup,
  type AttemptRecord,
  attemptsOp,
  indexAttempts,
  readAllAttempts,
} from './attemptRecords.ts';

export type AttemptMade = Pick<AttemptRecord, 'label' | 'model' | 'agent' | 'temperature' | 'madeWith'>;
export type AttemptsRequest = {
  requestId: string;
  author: Author;
  actor: Actor;
  text: string;
  attachments: Attachment[];
  review: boolean;
  /** What each is to be made with. */
  attempts: readonly AttemptMade[];
};

const Answered = z.object({ groupId: z.string(), hash: z.string() });
const maxRaces = 20;

/** Writes down that a prompt is to be worked on several times, once for each author and requestId. */
export async function startAttempts(
  store: Store,
  sessionId: string,
  request: AttemptsRequest,
): Promise<Result<{ groupId: string }>> {
  const { requestId, author, actor, text, attachments, review, attempts } = request;
  const asked = `${author.userId}|${requestId}`;
  const hash = bodyHash([text, attachments.map(({ attachmentId }) => attachmentId), { review, attempts }]);
  await restoreSession(store, sessionId);
  for (let race = 0; race < maxRaces; race++) {
    const [meta, earlier, { turnId }, waiting, groups] = await Promise.all([
      readMeta(store, sessionId),
      readField(store, sessionId, part.requests, asked),
      readRunIds(store, sessionId),
      store.llen(sessionKey(sessionId, part.inbox)),
      readAllAttempts(store, sessionId),
    ]);
    if (!meta) return noSession(sessionId);
    if (earlier) return answerAgain(earlier, hash, requestId);
    if (isArchived(meta.state)) return failure('not_found', 'This session is archived. Start a new one.');
    if (turnId || waiting > 0)
      return failure(
        'bad_request',
        'A turn runs in this session, or a prompt waits. Attempts begin where it rests.',
      );
    if (meta.attempt) return failure('bad_request', 'This session is an attempt itself.');
    if (groups.some(({ group }) => group.state === 'working'))
      return failure('bad_request', 'Attempts run in this session already. Take one or stop them first.');
    const groupId = newId('group');
    const made = attempts.map((each, i) => ({ n: i + 1, childId: newId('session'), ...each }));
    const title = startOf(text.trim().split('\n')[0] ?? '', 200);
    const group: AttemptGroup = {
      ...{ groupId, requestId, author, text, attachments, review, startedAtMs: Date.now() },
      ...{ turnHead: meta.turnHead, before: meta.refSha ?? meta.baseSha, state: 'working', stopping: false },
      attempts: made.map(each => ({ ...each, begun: false, reviewing: false })),
    };
    await indexAttempts(store, sessionId, groupId);
    const shown = made.map(({ n, childId, label, agent, madeWith }) => ({
      n,
      childId,
      label,
      agent,
      madeWith,
    }));
    const done = await commit(store, sessionId, {
      checks: [
        ...checksOf('attempts.noted', { attempts: [groupId, false] }),
        ...conditionOf('no turn', {}),
        ...conditionOf('nothing waits', {}),
        ...conditionOf('a new request', { request: asked }),
        // Two people at once: the second sees what the first began.
        ...conditionOf('the log', { last: meta.last }),
      ],
      ops: [attemptsOp(group), ['HSET', part.requests, asked, JSON.stringify({ groupId, hash })]],
      events: [{ type: 'attempts.started', actor, data: { groupId, title, author, attempts: shown } }],
    });
    if (done.ok) return { ok: true, groupId };
  }
  return failure('rate_limited', 'Too much happened in this session at once. Send it again.');
}

function answerAgain(earlier: string, hash: string, requestId: string): Result<{ groupId: string }> {
  const known = Answered.safeParse(JSON.parse(earlier));
  if (known.success && known.data.hash === hash) return { ok: true, groupId: known.data.groupId };
  return failure('request_conflict', `requestId ${requestId} was already used for another prompt.`);
}
