/** The contract's protocol number; a client that speaks another is told `protocol_unsupported`. */
export const PROTOCOL = 1;

const KiB = 1024;
const MiB = 1024 * KiB;

/** Every bound a client can run into, with its unit. Exceeding one is an error with a sentence; nothing is lost. */
export const limits = {
  promptChars: 64_000,
  waitingPrompts: 20,
  attachments: 8,
  attachmentBytes: 10 * MiB,
  titleChars: 200,
  /** Of what is searched for. */
  searchChars: 200,
  /** Of one person. */
  pinnedSessions: 100,
  eventBytes: 64 * KiB,
  toolOutputBytes: 1 * MiB,
  toolOutputShownChars: 16 * KiB,
  pageAnswerChars: 16 * KiB,
  /** Of a plan that is to be approved. */
  planChars: 15_000,
  /** Of a workflow; what the planner adds later among them. */
  workflowNodes: 24,
  nodeGoalChars: 1_500,
  nodeCheckChars: 500,
  /** Of what is kept of what came out of a node. */
  nodeResultChars: 1_500,
  nodeTimeoutMs: 24 * 60 * 60_000,
  /** Of what an approval is asked for: a command, a path, a host. */
  approvalActionBytes: 8 * KiB,
  approvalWhyChars: 1_000,
  grantValueChars: 1_000,
  /** Of a session, and of a repository. */
  grants: 200,
  /** That wait in one session. */
  waitingApprovals: 40,
  boardValueChars: 1_000,
  /** Of a session's blackboard. */
  boardEntries: 40,
  /** Of what a session is told of how its child's turn ended. */
  childTextChars: 4_000,
  /** Sessions that one session's agent began. */
  children: 20,
  todoItems: 40,
  todoChars: 200,
  socketFrameBytes: 1 * MiB,
  httpBodyBytes: 1 * MiB,
  eventPageBytes: 256 * KiB,
  eventPageCount: 1000,
  pathChars: 4_096,
  /** Of lines that a person changes by themselves. */
  editChars: 64_000,
  /** On lines of a diff, sent with one prompt. */
  comments: 50,
  commentChars: 4_000,
  commentQuoteChars: 4_000,
  /** Of a diff whose lines come at once, of one file among them, and of a file that is asked for by its path. */
  diffBytes: 2 * MiB,
  diffEachFileBytes: 256 * KiB,
  diffFileBytes: 4 * MiB,
  /** That are listed; of more only the number is said. */
  diffFiles: 3_000,
  secretBytes: 32 * KiB,
  /** Of each phase. */
  secretsPerRepo: 100,
  terminalColumns: 500,
  terminalRows: 200,
  /** Of one paste, and of what may wait for a shell that reads nothing. */
  terminalTypedChars: 32 * KiB,
  /** Output that is on its way to one who looks and was not shown yet. */
  terminalWindowChars: 256 * KiB,
  /** At once, of one connection. */
  terminals: 4,
  /** Of commands that were typed while a person had control: so many, of so many characters each, reach the agent. */
  controlCommands: 40,
  controlCommandChars: 300,
  /** Of what they say as they hand back. */
  controlNoteChars: 4_000,
  /** Of files and of commits that it is told by name. */
  controlFiles: 60,
  controlCommits: 20,
  /** Whoever has control and does nothing with it for so long has handed back; `DECKHAND_CONTROL_MS` says otherwise. */
  controlLeftMs: 60 * 60_000,
  commandsPerMinutePerConnection: 240,
  commandsPerMinutePerUser: 600,
  uploadBytesPerMinutePerUser: 200 * MiB,
} as const;
