import { type ReactNode, useState } from 'react';
import type { Attachment, Author } from '../../index.ts';
import { Avatar } from '../parts/Avatar.tsx';
import { Icon } from '../parts/Icon.tsx';
import { bytes } from '../words.ts';
import { useWholeText } from './useWholeText.ts';

type PromptProps = {
  author: Author;
  text: string;
  /** Where the whole text is, if this is its beginning. */
  artifactId?: string | undefined;
  attachments: readonly Attachment[];
  /** Beside the author's name: time, way, place in the queue. */
  aside: ReactNode;
  children?: ReactNode;
  muted?: boolean;
};

/** What a person asked for. */
export function PromptRow(props: PromptProps) {
  const { author, attachments, aside, children, muted = false } = props;
  const text = useWholeText(props.text, props.artifactId);
  return (
    <div className={`dh-prompt${muted ? ' dh-prompt-muted' : ''}`}>
      <Avatar person={author} />
      <div className="dh-prompt-body">
        <div className="dh-byline">
          <span className="dh-name">{author.name}</span>
          {aside}
        </div>
        <PromptText text={text} />
        <AttachmentList attachments={attachments} />
        {children}
      </div>
    </div>
  );
}

/** Past this many characters or lines a prompt shows its beginning first. */
const longChars = 2000;
const longLines = 20;

function PromptText({ text }: { text: string }) {
  const [open, setOpen] = useState(false);
  const isLong = text.length > longChars || text.split('\n', longLines + 1).length > longLines;
  return (
    <>
      <div className={`dh-prompt-text${isLong && !open ? ' dh-prompt-cut' : ''}`}>{text}</div>
      {isLong && (
        <button type="button" className="dh-link" aria-expanded={open} onClick={() => setOpen(!open)}>
          {open ? 'Show less' : `Show all ${text.length.toLocaleString('en')} characters`}
        </button>
      )}
    </>
  );
}

export function AttachmentList({ attachments }: { attachments: readonly Attachment[] }) {
  if (attachments.length === 0) return null;
  return (
    <ul className="dh-files" aria-label="Attachments">
      {attachments.map(file => (
        <li key={file.attachmentId} className="dh-file">
          <Icon name="clip" />
          <span className="dh-file-name">{file.name}</span>
          <span className="dh-quiet dh-file-size">{bytes(file.bytes)}</span>
        </li>
      ))}
    </ul>
  );
}
