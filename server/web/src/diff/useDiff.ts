import type { CommandOutput, DiffFile, DiffRange } from '@deckhand/shared';
import { splitPatches } from '@deckhand/shared/ui/diff';
import { useCallback, useMemo } from 'react';
import { client } from '../client.ts';
import { usePolled } from '../usePolled.ts';

/** `patch`: null where it was left out and is asked for when somebody wants to see it. */
export type ShownFile = DiffFile & { patch: string | null };
export type ShownDiff = Omit<CommandOutput<'session.diff'>, 'files' | 'diff'> & { files: ShownFile[] };

/** A session's diff in a range, file by file. */
export function useDiff(sessionId: string, { since, turn }: DiffRange) {
  const ask = useCallback(
    () => client.http['session.diff']({ sessionId, since, turn }),
    [sessionId, since, turn],
  );
  // Only a failure is asked for again: a diff that changes under the reader's eyes loses their place.
  const { value, failure, again } = usePolled(ask, diff => (diff ? null : 3000));
  const diff = useMemo(() => value && shownOf(value), [value]);
  const loadFile = useCallback(
    async (path: string): Promise<{ patch: string } | { problem: string }> => {
      const found = await client.http['session.diff']({ sessionId, since, turn, path });
      if (!found.ok) return { problem: found.message };
      const patch = splitPatches(found.diff)[0];
      return patch === undefined
        ? { problem: 'This file is too large to be shown here. Download the patch to read it.' }
        : { patch };
    },
    [sessionId, since, turn],
  );
  return { diff, failure, again, loadFile };
}

/** Patches come in the order of the files, without those that were left out. */
function shownOf({ files, diff, ...rest }: CommandOutput<'session.diff'>): ShownDiff {
  const patches = splitPatches(diff).values();
  return {
    ...rest,
    files: files.map(file => ({
      ...file,
      patch: file.leftOutBytes === undefined ? (patches.next().value ?? '') : null,
    })),
  };
}
