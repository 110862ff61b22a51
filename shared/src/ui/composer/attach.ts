import { limits } from '../../index.ts';
import { bytes } from '../words.ts';

/** Which of these files may still be added, and a sentence for those that may not. */
export function admit<F extends { name: string; size: number }>(
  files: readonly F[],
  already: number,
): { admitted: F[]; refusal: string | null } {
  const fitting = files.filter(file => file.size <= limits.attachmentBytes && file.size > 0);
  const admitted = fitting.slice(0, Math.max(0, limits.attachments - already));
  const big = files.find(file => file.size > limits.attachmentBytes);
  const empty = files.find(file => file.size === 0);
  if (big) return { admitted, refusal: `${big.name} is larger than ${bytes(limits.attachmentBytes)}.` };
  if (empty) return { admitted, refusal: `${empty.name} is empty.` };
  if (admitted.length < fitting.length) {
    return { admitted, refusal: `A prompt carries at most ${limits.attachments} files.` };
  }
  return { admitted, refusal: null };
}
