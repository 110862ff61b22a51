/** Bytes of one frame's JSON body. Bigger payloads are cut into `data` frames. */
export const maxFrameBytes = 1024 * 1024;
/** Raw bytes of one `data` frame; small enough that streams of one connection interleave. */
export const chunkBytes = 64 * 1024;
/** Bytes a stream may send before the other side grants more: bounds memory per stream. */
export const windowBytes = 512 * 1024;
/** Bytes of a call's output that a result carries (head and tail). */
export const resultOutputBytes = 16 * 1024;
/** Bytes kept at each end of a call's whole output, fetchable by offset. */
export const keptHeadBytes = 512 * 1024;
export const keptTailBytes = 512 * 1024;

export const defaultBashTimeoutMs = 10 * 60_000;
export const maxBashTimeoutMs = 60 * 60_000;
/** Processes in the background that may run in one sandbox at a time. */
export const maxBackground = 10;
/** How long one look at a process may wait for it to say something. */
export const maxProcessWaitMs = 60_000;
