import { type ReactNode, useState } from 'react';
import { type Attachment, type Author, type CommentPlace, placeText } from '../../index.ts';
import { AttachmentList } from '../parts/AttachmentList.tsx';
import { Avatar } from '../parts/Avatar.tsx';
import { Icon } from '../parts/Icon.tsx';
import { useSessionLinks } from '../sessionLinks.ts';
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
  /** The lines of the diff that it comments on. */
  places?: readonly CommentPlace[] | undefined;
  muted?: boolean;
};

/** What a person asked for. */
export function PromptRow(props: PromptProps) {
  const { author, attachments, aside, children, places, muted = false } = props;
  const text = useWholeText(props.text, props.artifactId);
  return (
    <div className={`dh-prompt${muted ? ' dh-prompt-muted' : ''}`}>
      <Avatar person={author} />
      <div className="dh-prompt-body">
        <div className="dh-byline">
          <span className="dh-name">{author.name}</span>
          {aside}
        </div>
        {places && places.length > 0 && <Places places={places} />}
        <PromptText text={text} />
        <AttachmentList attachments={attachments} />
        {children}
      </div>
    </div>
  );
}

/** Where the diff is commented on: each leads there. */
function Places({ places }: { places: readonly CommentPlace[] }) {
  const { fileUrl } = useSessionLinks();
  return (
    <ul className="dh-files" aria-label="Commented lines">
      {places.map(place => {
        const text = placeText(place);
        const name = <span className="dh-file-name">{text}</span>;
        return (
          <li key={text} className="dh-file" data-testid="comment-place">
            <Icon name="git_diff" />
            {fileUrl ? <a href={fileUrl(place.path)}>{name}</a> : name}
          </li>
        );
      })}
    </ul>
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
