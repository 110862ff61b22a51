import {
  type Actor,
  type Author,
  type Budget,
  type Envelope,
  failure,
  type Head,
  type Result,
} from '@deckhand/shared';
import { restoreSession } from '../archive/restore.ts';
import { withAuthor } from '../authors.ts';
import { touchSession } from '../list.ts';
import { headsAt } from '../log/headsAt.ts';
import { readAfter } from '../log/log.ts';
import { keepPlans, type OpenPlan, plansAt, standAtPlans } from '../plans.ts';
import { ContextVersion } from '../run/context.ts';
import { copyOfSteps } from '../run/stepRecords.ts';
import { readTurns, type TurnRecord } from '../run/turnRecords.ts';
import { type Batch, commit, type EventDraft, type Op } from '../store/commit.ts';
import { part, sessionKey } from '../store/keys.ts';
import { type Attempt, type Meta, type Parent, readMeta } from '../store/meta.ts';
import type { Store } from '../store/store.ts';
import { checksOf, conditionOf, nextState, unborn } from '../transitions.ts';
import { settled } from './rewind.ts';

/** What is copied of a fork that is never born goes by itself. */
const unbornTtlSeconds = 3600;
const copiedParts = [part.log, part.context, part.artifacts, part.forking];
const eventsAtOnce = 200;
const messagesAtOnce = 200;
/** Retries of one fork may race each other; each goes on where the others are. */
const maxRaces = 100;

export type ForkRequest = {
  /** Reserved for this fork. */
  forkId: string;
  source: Meta;
  turn: TurnRecord;
  requestId: string;
  author: Author;
  actor: Actor;
  title?: string | undefined;
  /** The disk with the work tree of that turn; null where there is none (any more). */
  disk: string | null;
  /** An attempt at a prompt of the source: it is told of it as of any that its agent begins. */
  attempt?: { of: Attempt; parent: Parent; model: string | undefined; budget: Budget };
};

/**
 * A new session with the history of another up to the end of one of its turns. What is copied never changes in the
 * source, so a fork that broke off is completed by the next try; it is a session only with its last commit.
 */
export async function forkSession(store: Store, request: ForkRequest): Promise<Result> {
  const { forkId, source } = request;
  if (!(await readMeta(store, forkId))) {
    const born = await raced(async () => {
      await restoreSession(store, source.id);
      const copied = (await copyLog(store, request)) && (await copyContext(store, request));
      return copied && (await give(store, request));
    });
    if (!born && !(await readMeta(store, forkId)))
      return failure('rate_limited', 'The fork could not be finished. Send it again.');
  }
  if (!request.attempt) await tellSource(store, request);
  await touchSession(store, source.orgId, forkId);
  return { ok: true };
}

async function raced(attempt: () => Promise<boolean>): Promise<boolean> {
  for (let race = 0; race < maxRaces; race++) if (await attempt()) return true;
  return false;
}

/** The turn's `session.state` comes with its end. */
const lastCopied = ({ turn }: ForkRequest) => turn.seq + 1;

const keepAWhile = (): Op[] => copiedParts.map(key => ['EXPIRE', key, unbornTtlSeconds]);

/** False where another try was quicker: look again. */
async function copyLog(store: Store, request: ForkRequest): Promise<boolean> {
  const { forkId, source } = request;
  const last = lastCopied(request);
  const copied = await store.hget(sessionKey(forkId, part.forking), 'log');
  for (let after = Number(copied ?? 0), seen = copied ?? false; after < last; ) {
    const { events } = await readAfter(store, source.id, {
      after,
      limit: Math.min(eventsAtOnce, last - after),
    });
    const next = events.at(-1)?.seq;
    if (!next) return false;
    const done = await commit(store, forkId, {
      checks: [...checksOf('fork.copied'), ...conditionOf('what is copied', { copied: seen })],
      ops: [
        ...events.map(event => copyOf(event, forkId)),
        ...(await artifactsOf(store, source.id, events)),
        ['HSET', part.forking, 'log', String(next)],
        ...keepAWhile(),
      ],
    });
    if (!done.ok) return false;
    after = next;
    seen = String(next);
  }
  return true;
}

function copyOf({ seq, at, ...event }: Envelope, forkId: string): Op {
  const json = JSON.stringify({ ...event, sessionId: forkId });
  return ['XADD', part.log, `${seq}-0`, 'at', Date.parse(at), 'e', json];
}

/** What these events name as kept can be downloaded from the fork too. */
async function artifactsOf(store: Store, sourceId: string, events: readonly Envelope[]): Promise<Op[]> {
  const ids = events
    .filter(event => event.type === 'artifact.created')
    .map(event => (event.data as { artifactId: string }).artifactId);
  if (ids.length === 0) return [];
  const records = await store.hmget(sessionKey(sourceId, part.artifacts), ...ids);
  return ids.flatMap((id, i): Op[] => (records[i] ? [['HSET', part.artifacts, id, records[i]]] : []));
}

/** Whole, so that places in it mean the same; what was undone is skipped here as it was there. */
async function copyContext(store: Store, { forkId, source, turn }: ForkRequest): Promise<boolean> {
  let length = await store.llen(sessionKey(forkId, part.context));
  while (length < turn.contextLength) {
    const end = Math.min(length + messagesAtOnce, turn.contextLength);
    const messages = await store.lrange(sessionKey(source.id, part.context), length, end - 1);
    if (messages.length === 0) return false;
    const done = await commit(store, forkId, {
      checks: [...checksOf('fork.copied'), ...conditionOf('the context', { contextLength: length })],
      ops: [['RPUSH', part.context, ...messages], ...keepAWhile()],
    });
    if (!done.ok) return false;
    length += messages.length;
  }
  return true;
}

/** Makes a session of what was copied. */
async function give(store: Store, request: ForkRequest): Promise<boolean> {
  const { forkId, source, turn } = request;
  const last = lastCopied(request);
  const [[head], turns, versions] = await Promise.all([
    headsAt(store, source.id, [last]),
    readTurns(store, source.id),
    store.lrange(sessionKey(source.id, part.versions), 0, -1),
  ]);
  if (!head) return false;
  const plans = await plansAt(store, source.id, { turn, head });
  const read = versions.filter(text => ContextVersion.parse(JSON.parse(text)).madeAt <= turn.contextLength);
  const kept = turns.filter(({ seq }) => seq <= turn.seq);
  const born = birth(request, { head, turns: kept, versions: read, plans });
  born.ops.push(...(await copyOfSteps(store, source.id, new Set(kept.map(({ turnId }) => turnId)))));
  const done = await commit(store, forkId, {
    checks: checksOf('forked', { copied: String(last), contextLength: turn.contextLength }),
    ...born,
  });
  return done.ok;
}

function birth(
  request: ForkRequest,
  {
    head,
    turns,
    versions,
    plans,
  }: {
    head: Head;
    turns: TurnRecord[];
    /** Of the context, as they are stored. */
    versions: string[];
    /** They wait in the fork, too. */
    plans: OpenPlan[];
  },
): Required<Pick<Batch, 'ops' | 'events'>> {
  const { forkId, source, turn, author, actor, disk } = request;
  const title = request.title ?? `${head.title} (fork)`;
  const sandbox = head.sandbox !== null;
  const state = nextState(unborn, { kind: 'forked', outcome: turn.outcome, sandbox });
  if (!state) throw new Error('a fork is born in no state');
  const authors = withAuthor(head.authors, author);
  const nowMs = Date.now();
  const fields = {
    id: forkId,
    orgId: source.orgId,
    title,
    repo: source.repo ?? '',
    state,
    origin: source.origin,
    authors: JSON.stringify(authors),
    createdAt: nowMs,
    updatedAt: nowMs,
    budget: JSON.stringify(source.budget),
    model: request.attempt?.model ?? source.model ?? '',
    ...(request.attempt
      ? {
          attempt: JSON.stringify(request.attempt.of),
          parent: JSON.stringify(request.attempt.parent),
          budget: JSON.stringify(request.attempt.budget),
        }
      : {}),
    last: lastCopied(request),
    turnHead: turn.turnId,
    lastOutcome: turn.outcome,
    contextSkips: JSON.stringify(turn.contextSkips),
    refSha: turn.refSha ?? '',
    baseSha: turn.baseSha ?? '',
    disk: disk ?? '',
    root: turn.root ?? '',
  };
  const forked: EventDraft[] = [
    // Prompts that waited then are prompts of the source.
    ...head.queue.map(
      ({ promptId }): EventDraft => ({ type: 'prompt.cancelled', actor, data: { promptId } }),
    ),
    { type: 'session.titled', actor, data: { title } },
    { type: 'session.forked', actor, data: forkedFrom(request) },
    ...settled({ turn, disk, sandbox: head.sandbox, state }),
    ...standAtPlans(head, plans).events,
  ];
  return {
    ops: [
      ['HSET', part.meta, ...Object.entries(fields).flat()],
      ['HSET', part.turns, ...turns.flatMap(record => [record.turnId, JSON.stringify(record)])],
      ...versions.map((version): Op => ['RPUSH', part.versions, version]),
      ...keepPlans(plans),
      ['DEL', part.forking],
      ...copiedParts.map((key): Op => ['PERSIST', key]),
    ],
    events: forked,
  };
}

const forkedFrom = ({ source, turn, attempt }: ForkRequest) => ({
  from: source.id,
  seq: turn.seq,
  ...(attempt ? { parentId: attempt.parent.sessionId } : {}),
  ...(attempt?.of.madeWith ? { madeWith: attempt.of.madeWith } : {}),
});

/** Once, however often the fork is asked for. */
async function tellSource(store: Store, request: ForkRequest): Promise<void> {
  const { forkId, source, turn, requestId, author, actor } = request;
  const field = `${author.userId}|fork|${requestId}`;
  await commit(store, source.id, {
    checks: checksOf('fork.told', { request: field }),
    ops: [['HSET', part.requests, field, JSON.stringify({ sessionId: forkId })]],
    events: [{ type: 'session.forked', actor, data: { to: forkId, seq: turn.seq } }],
  });
}
