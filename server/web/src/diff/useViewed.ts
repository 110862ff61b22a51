import type { DiffFile } from '@deckhand/shared';
import { useMemo } from 'react';
import { z } from 'zod';
import { useKept } from './useKept.ts';

const Marks = z.array(z.string());
const none: string[] = [];
/** Of the oldest nobody remembers that they looked at them. */
const mostMarks = 3_000;

/** With what it was and is: changed since, it is another file, which nobody looked at. */
const markOf = ({ path, content }: Pick<DiffFile, 'path' | 'content'>) => `${path}\n${content}`;

/** Which files of a session's diff this person has looked through. */
export function useViewed(userId: string, sessionId: string) {
  const [marks, set] = useKept(`viewed.${userId}.${sessionId}`, Marks, none);
  return useMemo(() => {
    const viewed = new Set(marks);
    return {
      has: (file: DiffFile) => viewed.has(markOf(file)),
      toggle: (file: DiffFile) =>
        set(before => {
          const mark = markOf(file);
          const others = before.filter(each => each !== mark);
          return others.length < before.length ? others : [...others, mark].slice(-mostMarks);
        }),
    };
  }, [marks, set]);
}
export type Viewed = ReturnType<typeof useViewed>;
