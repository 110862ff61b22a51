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
  eventBytes: 64 * KiB,
  toolOutputBytes: 1 * MiB,
  toolOutputShownChars: 16 * KiB,
  pageAnswerChars: 16 * KiB,
  socketFrameBytes: 1 * MiB,
  httpBodyBytes: 1 * MiB,
  eventPageBytes: 256 * KiB,
  eventPageCount: 1000,
  secretBytes: 32 * KiB,
  /** Of each phase. */
  secretsPerRepo: 100,
  commandsPerMinutePerConnection: 240,
  commandsPerMinutePerUser: 600,
  uploadBytesPerMinutePerUser: 200 * MiB,
} as const;
