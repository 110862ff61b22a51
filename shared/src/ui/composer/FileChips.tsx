import { Icon } from '../parts/Icon.tsx';
import { bytes } from '../words.ts';
import type { PendingFile } from './useAttachments.ts';

/** The files that go with the next prompt. */
export function FileChips({
  files,
  onRemove,
}: {
  files: readonly PendingFile[];
  onRemove: (key: number) => void;
}) {
  if (files.length === 0) return null;
  return (
    <ul className="dh-files" aria-label="Files to send">
      {files.map(file => (
        <li key={file.key} className={`dh-file dh-file-${file.state}`} data-testid="file">
          {file.state === 'uploading' ? (
            <span className="dh-spinner" role="img" aria-label="uploading" />
          ) : (
            <Icon name={file.state === 'failed' ? 'warning' : 'clip'} />
          )}
          <span className="dh-file-name">{file.name}</span>
          <span className="dh-quiet">{file.state === 'failed' ? file.message : bytes(file.size)}</span>
          <button
            type="button"
            className="dh-file-remove"
            aria-label={`Remove ${file.name}`}
            onClick={() => onRemove(file.key)}
          >
            <Icon name="cross" />
          </button>
        </li>
      ))}
    </ul>
  );
}
