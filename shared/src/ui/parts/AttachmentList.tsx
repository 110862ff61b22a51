import { useEffect, useState } from 'react';
import type { Attachment } from '../../index.ts';
import { useSessionLinks } from '../sessionLinks.ts';
import { bytes } from '../words.ts';
import { Icon } from './Icon.tsx';
import { LightBox } from './LightBox.tsx';

/** What came with a prompt. Pictures, picks and texts open where the surface can get them. */
export function AttachmentList({ attachments }: { attachments: readonly Attachment[] }) {
  const { attachmentUrl } = useSessionLinks();
  const [shown, setShown] = useState<Attachment | null>(null);
  if (attachments.length === 0) return null;
  return (
    <>
      <ul className="dh-files" aria-label="Attachments">
        {attachments.map(file => (
          <li key={file.attachmentId} className="dh-file">
            <Icon name="clip" />
            {attachmentUrl ? (
              <button
                type="button"
                className="dh-file-open"
                data-testid="open-attachment"
                onClick={() => setShown(file)}
              >
                {file.name}
              </button>
            ) : (
              <span className="dh-file-name">{file.name}</span>
            )}
            <span className="dh-quiet dh-file-size">{bytes(file.bytes)}</span>
          </li>
        ))}
      </ul>
      {shown && attachmentUrl && (
        <LightBox label={shown.name} onClose={() => setShown(null)}>
          <Content file={shown} url={attachmentUrl(shown.attachmentId)} />
        </LightBox>
      )}
    </>
  );
}

/** Of a text; the rest comes with the download. */
const mostChars = 200_000;
const gone = 'This file is not kept any more.';

function Content({ file, url }: { file: Attachment; url: string }) {
  const isPicture = file.mediaType.startsWith('image/');
  const isText = !isPicture && file.mediaType !== 'application/pdf';
  const [text, setText] = useState<string | null>(null);
  const [broken, setBroken] = useState(false);
  useEffect(() => {
    if (!isText) return;
    const over = new AbortController();
    fetch(url, { credentials: 'same-origin', signal: over.signal })
      .then(async answer => (answer.ok ? setText(await answer.text()) : setBroken(true)))
      .catch(() => over.signal.aborted || setBroken(true));
    return () => over.abort();
  }, [isText, url]);
  if (broken) return <p className="dh-empty">{gone}</p>;
  if (isPicture) return <img src={url} alt="What was attached" onError={() => setBroken(true)} />;
  return (
    <>
      {text !== null && <pre className="dh-light-box-text">{text.slice(0, mostChars)}</pre>}
      <p>
        <a className="dh-link" href={url} download>
          Download
        </a>
      </p>
    </>
  );
}
