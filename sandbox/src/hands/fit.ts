import { resultOutputBytes } from '../protocol/limits.ts';

const noteBytes = 128;
const endBytes = (resultOutputBytes - noteBytes) / 2;

/**
 * Text of at most 16 KiB from an output of `totalBytes` of which the first and last bytes are at hand. `tail` ends
 * where the output ends; both may hold all of it.
 */
export function fit(head: Buffer, tail: Buffer, totalBytes: number): { text: string; truncated: boolean } {
  if (totalBytes <= resultOutputBytes && tail.length >= totalBytes) {
    return { text: tail.toString('utf8'), truncated: false };
  }
  const first = head.subarray(0, cutBefore(head, Math.min(endBytes, head.length)));
  const last = tail.subarray(cutAfter(tail, Math.max(0, tail.length - endBytes)));
  const cut = Math.max(0, totalBytes - first.length - last.length);
  return {
    text: `${first.toString('utf8')}\n… ${cut} bytes cut …\n${last.toString('utf8')}`,
    truncated: true,
  };
}

/** The same for text that is whole. */
export function fitText(text: string): { text: string; truncated: boolean; bytes: number } {
  const bytes = Buffer.from(text, 'utf8');
  return { ...fit(bytes, bytes, bytes.length), bytes: bytes.length };
}

const isContinuation = (byte: number | undefined) => byte !== undefined && (byte & 0xc0) === 0x80;

/** Nearest code point boundary at or before `at`. At most 3 steps: binary stays binary. */
function cutBefore(bytes: Buffer, at: number): number {
  let cut = at;
  while (cut > 0 && at - cut < 3 && isContinuation(bytes[cut])) cut--;
  return cut;
}

function cutAfter(bytes: Buffer, at: number): number {
  let cut = at;
  while (cut < bytes.length && cut - at < 3 && isContinuation(bytes[cut])) cut++;
  return cut;
}
