import type { DiffRange } from '@deckhand/shared';
import { CopyButton } from '@deckhand/shared/ui';
import { client } from '../client.ts';

/** In a shell's words: what git is told to have this branch beside one's own. */
export const checkoutCommand = (branch: string): string => {
  const quoted = /^[\w./-]+$/.test(branch) ? branch : `'${branch.replaceAll("'", `'\\''`)}'`;
  return `git fetch origin ${quoted} && git checkout ${quoted}`;
};

/** The same work elsewhere: as a patch, or as a branch that is checked out. */
export function DiffTools({
  sessionId,
  range,
  branch,
}: {
  sessionId: string;
  range: DiffRange;
  /** Null where none is pushed. */
  branch: string | null;
}) {
  return (
    <>
      {branch && (
        <CopyButton
          text={checkoutCommand(branch)}
          label="Copy checkout command"
          icon="branch"
          iconOnly
          testId="copy-checkout"
        />
      )}
      <a className="dh-button" href={client.patchUrl(sessionId, range)} download data-testid="download-patch">
        Patch
      </a>
    </>
  );
}
