/**
 * Every key of one session shares the hash tag `{sessionId}`, so that one script may touch them all and a sharded
 * Redis keeps them together. The commit script derives the rest from the prefix.
 */
export const sessionPrefix = (sessionId: string) => `dh:{${sessionId}}:`;

export const sessionKey = (sessionId: string, suffix: string) => sessionPrefix(sessionId) + suffix;

/** The channel on which a session's events and frames travel. */
export const busChannel = (sessionId: string) => sessionKey(sessionId, 'bus');

/** The channel on which the worker that runs a session's turn hears of a stop. */
export const controlChannel = (sessionId: string) => sessionKey(sessionId, 'control');

/** Suffixes of a session's keys. All but the passing ones move to its archive (archive/copy.ts). */
export const part = {
  /** hash: what the session is */
  meta: 'meta',
  /** hash: `fence`; while a turn runs `turnId`, `turn` (Run as JSON) and `stop` (the turn that is to stop) */
  run: 'run',
  /** list: id and answer of the newest commits, newest first */
  commits: 'commits',
  /** stream: ids 1-0, 2-0, ... */
  log: 'log',
  /** list of prompt ids that wait */
  inbox: 'inbox',
  /** hash: promptId -> QueuedPrompt */
  prompts: 'prompts',
  /** hash: author|requestId -> what it was answered with */
  requests: 'requests',
  /** list of model messages, JSON */
  context: 'context',
  /** hash: `version:seq` -> Head at that place of the log; `newest`, and `since`, `due`: bytes of log after it */
  heads: 'heads',
  /** hash: draft id -> {kind, attempt, afterSeq, len} */
  drafts: 'drafts',
  /** hash: changeId -> Change */
  changes: 'changes',
  /** hash: artifactId -> artifact */
  artifacts: 'artifacts',
  /** hash: approvalId -> PendingApproval that nobody answered yet */
  approvals: 'approvals',
  /** hash: turnId -> TurnRecord of a turn that ended */
  turns: 'turns',
  /** hash: pickId -> userId of who sent it with a prompt: only they are asked for more of it */
  picks: 'picks',
  /** hash with a time to live: how far the log and context of a fork that is not born yet are copied */
  forking: 'forking',
  /** string with a time to live: the worker that owns the turn */
  lease: 'lease',
  /** string with a time to live: somebody watches */
  viewers: 'viewers',
  /** string: where a hibernated session is; it has no other keys */
  home: 'home',
} as const;

/** string: the text of one draft so far */
export const draftText = (id: string) => `text:${id}`;

/** string with a time to live: the user whose page is asked by this call, while somebody waits for the answer */
export const pageAsked = (callId: string) => `page:${callId}`;

/** list with a time to live: the answer */
export const pageAnswered = (callId: string) => `page:${callId}:answer`;

/** Where the bytes of an artifact lie in the blob store. */
export const artifactBlob = (artifactId: string) => `artifacts/${artifactId}`;

/** Keys that belong to the whole organisation. */
export const orgKeys = {
  /** sorted set: sessionId by time of last change */
  sessions: (orgId: string) => `dh:org:${orgId}:sessions`,
  /** sorted set: sessions that are in Redis, by time of last use; the hibernator looks at the oldest */
  hot: 'dh:hot',
  /** sorted set: `sessionId changeId` of changes that may still become something, by the time of the next look */
  liveChanges: 'dh:changes',
  /** hash: `owner/name#number` of a pull request -> `sessionId changeId` */
  pulls: 'dh:pulls',
  /** set: sessions that may have work; the sweeper wakes them */
  open: 'dh:open',
  /** sorted set: `sessionId approvalId` by when it expires */
  approvals: 'dh:approvals',
  /** string: what a `session.create` of this user and requestId was answered with */
  request: (userId: string, requestId: string) => `dh:request:${userId}:${requestId}`,
} as const;

/** Redis' types of what a session's keys hold. */
export type KeyType = 'hash' | 'list' | 'set' | 'zset' | 'string' | 'stream';
