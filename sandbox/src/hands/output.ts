import { spawn } from 'node:child_process';
import {
  closeSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  statSync,
  watch,
  writeFileSync,
} from 'node:fs';
import { keptHeadBytes, keptTailBytes } from '../protocol/limits.ts';
import { cleanEnvironment, ownProgram } from './own-programs.ts';

/** So much may lie between head and tail before it is dropped: each drop costs a process. */
const slackBytes = 4 * 1024 * 1024;
const watchedPollMs = 250;
const unwatchedPollMs = 20;

export type Piece = { offset: number; data: Buffer };

/**
 * The output of a command: a file that only grows, written by the command's processes alone, whether we live or not.
 * Its middle is made a hole once it is long, so that it does not fill the disk; offsets stay those of the whole.
 * `notePath` keeps how far the hole reaches across a restart.
 */
export function outputFile(path: string, notePath: string) {
  let holeEnd = readNote(notePath);
  let dropping: Promise<void> | undefined;

  const size = (): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0;

  /** `offset` of the answer is later than asked where that part was dropped. Empty at the end. */
  const read = (offset: number, limit: number): Piece => {
    const from = offset >= keptHeadBytes && offset < holeEnd ? holeEnd : offset;
    // A read that starts in the head ends where the hole begins.
    const length =
      from < keptHeadBytes && holeEnd > keptHeadBytes ? Math.min(limit, keptHeadBytes - from) : limit;
    const data = Buffer.allocUnsafe(Math.max(0, Math.min(length, size() - from)));
    if (data.length === 0) return { offset: from, data };
    const file = openSync(path, 'r');
    try {
      return { offset: from, data: data.subarray(0, readSync(file, data, 0, data.length, from)) };
    } finally {
      closeSync(file);
    }
  };

  const dropNow = async (final: boolean): Promise<void> => {
    const end = size() - keptTailBytes;
    const start = Math.max(keptHeadBytes, holeEnd);
    if (end - start <= (final ? 0 : slackBytes)) return;
    // First the note, then the hole: nobody may take the zeros of a hole for output.
    holeEnd = end;
    writeFileSync(`${notePath}.new`, String(end));
    renameSync(`${notePath}.new`, notePath);
    await punch(path, start, end);
  };

  /** Drops what lies between head and tail: all of it when `final`, else where it saves much. One at a time. */
  const drop = async (final: boolean): Promise<void> => {
    if (dropping && !final) return dropping;
    await dropping;
    dropping = dropNow(final);
    await dropping;
    dropping = undefined;
  };

  /** Calls back on growth, at least every 250 ms. */
  const onGrowth = (callback: () => void): (() => void) => {
    let pollMs = watchedPollMs;
    let close = () => {};
    try {
      const watcher = watch(path, callback);
      watcher.on('error', () => {});
      close = () => watcher.close();
    } catch {
      // inotify instances are counted per user of the whole host and can run out.
      pollMs = unwatchedPollMs;
    }
    const timer = setInterval(callback, pollMs);
    return () => {
      clearInterval(timer);
      close();
    };
  };

  return { path, size, read, drop, onGrowth };
}

export type OutputFile = ReturnType<typeof outputFile>;

function readNote(path: string): number {
  try {
    return Number(readFileSync(path, 'utf8'));
  } catch {
    return 0;
  }
}

/** A failure leaves the bytes where they are: they cost disk and are no longer shown. */
function punch(path: string, start: number, end: number): Promise<void> {
  return new Promise(resolve => {
    const args = ['--punch-hole', '--offset', String(start), '--length', String(end - start), path];
    const child = spawn(ownProgram('fallocate'), args, { stdio: 'ignore', env: cleanEnvironment });
    child.on('error', () => resolve());
    child.on('close', () => resolve());
  });
}
