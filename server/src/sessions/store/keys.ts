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
  /** list of versions of the context, JSON, oldest first: what the model reads instead of its older messages */
  versions: 'versions',
  /** list of StepRecord, JSON: of each answer of the model, what its request was made of */
  steps: 'steps',
  /** hash: taskId -> TaskRecord */
  tasks: 'tasks',
  /** hash: id -> TaskOrder: what people want of tasks of the turn that runs */
  taskOrders: 'task-orders',
  /** list: what agents on tasks read, oldest first: [taskId, model message], JSON */
  taskContext: 'task-context',
  /** hash: id -> instructions that a step was asked with */
  instructions: 'instructions',
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
  /** hash: grantId -> Grant of this session; a repository's is here, too, until it is where the repository's are */
  grants: 'grants',
  /** hash: `host|port|outcome` -> EgressCount: what its sandboxes reached, or tried to */
  egress: 'egress',
  /** list: EgressLine, oldest first */
  egressLog: 'egress-log',
  /** hash: `host NAME` or `secret NAME` -> Asked: what people were asked to let through */
  egressAsked: 'egress-asked',
  /** list of sentences about that which the agent has not read */
  egressTold: 'egress-told',
  /** list of ToldOfControl, JSON: what people did while they had control, which the agent has not read */
  controlTold: 'control-told',
  /** hash: childId -> ChildRecord of a session that its agent began */
  children: 'children',
  /** hash: groupId -> AttemptGroup: the same prompt worked on several times; in an attempt: `checked`, what checks said */
  attempts: 'attempts',
  /** hash: turnId -> TurnRecord of a turn that ended */
  turns: 'turns',
  /** hash: pickId -> userId of who sent it with a prompt: only they are asked for more of it */
  picks: 'picks',
  /** hash: raises of budgets that somebody said yes to, on their way to the ledger */
  raises: 'raises',
  /** list of AuditNote, JSON: events of it that the audit log has not got yet */
  audits: 'audits',
  /** hash with a time to live: how far the log and context of a fork that is not born yet are copied */
  forking: 'forking',
  /** string with a time to live: the worker that owns the turn */
  lease: 'lease',
  /** string with a time to live: somebody watches */
  viewers: 'viewers',
  /** string: where a hibernated session is; it has no other keys */
  home: 'home',
} as const;

/** Field of `attempts` in an attempt's own session: what checks said of it. */
export const checkedField = 'checked';

/** string: the text of one draft so far */
export const draftText = (id: string) => `text:${id}`;

/** string with a time to live: the user whose page is asked by this call, while somebody waits for the answer */
export const pageAsked = (callId: string) => `page:${callId}`;

/** list with a time to live: the answer */
export const pageAnswered = (callId: string) => `page:${callId}:answer`;

/** Where the bytes of an artifact lie in the blob store. */
export const artifactBlob = (artifactId: string) => `artifacts/${artifactId}`;

/** Saved work. Each session has its own: one that names another's commit overwrites nothing. */
export const bundleFolder = (sessionId: string) => `bundles/${sessionId}`;
export const bundleBlob = (sessionId: string, sha: string) => `${bundleFolder(sessionId)}/${sha}.bundle`;

/** Keys that belong to the whole organisation. */
export const orgKeys = {
  /** hash: `id` of the deployment, the same that its blob store carries; `stored` once that does */
  deployment: 'dh:deployment',
  /** sorted set: servers that run, by when they last said so */
  servers: 'dh:servers',
  /** sorted set: sessionId by when it was last prompted or worked on; lists go by the index (listing/) */
  sessions: (orgId: string) => `dh:org:${orgId}:sessions`,
  /** sorted set: sessions that are in Redis, by time of last use; the hibernator looks at the oldest */
  hot: 'dh:hot',
  /** sorted set: `sessionId changeId` of changes that may still become something, by the time of the next look */
  liveChanges: 'dh:changes',
  /** hash: `owner/name#number` of a pull request -> `sessionId changeId` */
  pulls: 'dh:pulls',
  /** set: sessions that may have work; the sweeper wakes them */
  open: 'dh:open',
  /** set: children that may have news for their parents; the sweeper tells them */
  children: 'dh:children',
  /** set: `sessionId groupId` of attempts of which something is still to be done */
  attempts: 'dh:attempts',
  /** set: `sessionId groupId` of attempts of which one may be taken */
  readyAttempts: 'dh:attempts-ready',
  /** sorted set: `sessionId entryId` of what stands on a blackboard, by when it counts no more */
  boardExpiry: 'dh:board-expiry',
  /** sorted set: sessions whose turn waits for their children, by when it goes on anyway */
  waitingParents: 'dh:waiting-parents',
  /** sorted set: sessions of which a person has control, by when they have left it */
  controls: 'dh:controls',
  /** sorted set: sessions in which a raise of a budget is asked for, by when that expires */
  raises: 'dh:raises',
  /** sorted set: sessions that noted something for the audit log, by when; its keeper takes it from there */
  audits: 'dh:audits',
  /** hash: sessionId -> when it was announced that what it keeps goes, epoch ms, or `gone` */
  retired: 'dh:retired',
  /** string with a time to live: what is kept no longer was swept of late */
  retention: 'dh:retention',
  /** channel: each commit with events says the id of its session */
  newsChannel: 'dh:news',
  /** sorted set: `sessionId approvalId` by when it expires */
  approvals: 'dh:approvals',
  /** hash: grantId -> Grant that counts in every session on this repository */
  grants: (orgId: string, repoId: string) => `dh:org:${orgId}:grants:${repoId}`,
  /** string: what a `session.create` of this user and requestId was answered with */
  request: (userId: string, requestId: string) => `dh:request:${userId}:${requestId}`,
} as const;

/** Redis' types of what a session's keys hold. */
export type KeyType = 'hash' | 'list' | 'set' | 'zset' | 'string' | 'stream';
