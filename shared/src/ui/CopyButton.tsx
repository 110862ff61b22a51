import { useEffect, useState } from 'react';
import { Icon } from './Icon.tsx';

/** How long it says that it copied. */
const thanksMs = 2000;

/** Copies a text and says so. */
export function CopyButton({
  text,
  label,
  iconOnly = false,
  testId,
}: {
  text: string;
  label: string;
  iconOnly?: boolean;
  testId?: string;
}) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), thanksMs);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = async () => {
    const done = await navigator.clipboard?.writeText(text).then(
      () => true,
      () => false,
    );
    // Browsers refuse the clipboard on plain HTTP: then the text is shown to be copied by hand.
    if (done) setCopied(true);
    else prompt(label, text);
  };
  const word = copied ? 'Copied' : label;
  return (
    <button
      type="button"
      className={`dh-button${iconOnly ? ' dh-button-icon' : ''}`}
      data-testid={testId}
      aria-label={iconOnly ? word : undefined}
      title={iconOnly ? word : undefined}
      onClick={() => void copy()}
    >
      <Icon name={copied ? 'check' : iconOnly ? 'copy' : 'link'} /> {!iconOnly && word}
    </button>
  );
}
