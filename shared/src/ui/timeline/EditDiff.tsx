import { memo } from 'react';
import { shownPath } from '../changes/patch.ts';
import { useSessionLinks } from '../sessionLinks.ts';
import { editsOf, type Replaced } from './editLines.ts';

/** What a call wrote, as lines that went and came. */
export const EditDiff = memo(function EditDiff({ tool, input }: { tool: string | null; input: unknown }) {
  const { fileUrl } = useSessionLinks();
  const edit = editsOf(tool, input);
  if (!edit) return null;
  return (
    <figure className="dh-edit" aria-label="Changed lines" data-testid="edit-diff">
      {Object.entries(edit.parts).map(([at, part]) => (
        <Lines key={at} part={part} />
      ))}
      {fileUrl && edit.path !== null && (
        <figcaption>
          <p>
            <a className="dh-link" href={fileUrl(edit.path)} data-testid="file-link">
              {shownPath(edit.path)} in the diff
            </a>
          </p>
        </figcaption>
      )}
    </figure>
  );
});

function Lines({ part }: { part: Replaced }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <pre className="dh-edit-lines" tabIndex={0}>
      {Object.entries(part.lines).map(([at, { sign, text }]) => (
        <span
          key={at}
          className={sign === '+' ? 'dh-edit-added' : sign === '-' ? 'dh-edit-removed' : undefined}
        >
          {sign} {text}
          {'\n'}
        </span>
      ))}
      {part.left > 0 && (
        <span className="dh-quiet">
          … {part.left} more lines{'\n'}
        </span>
      )}
    </pre>
  );
}
