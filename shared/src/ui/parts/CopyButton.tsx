import { useEffect, useState } from 'react';
import { Icon, type IconName } from './Icon.tsx';

/** How long it says that it copied. */
const thanksMs = 2000;

/** Copies a text and says so. */
export function CopyButton({
  text,
  label,
  icon = 'copy',
  iconOnly = false,
  testId,
}: {
  /** A function where it takes work to make. */
  text: string | (() => string);
  label: string;
  icon?: IconName;
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
    const words = typeof text === 'string' ? text : text();
    const done = await navigator.clipboard?.writeText(words).then(
      () => true,
      () => false,
    );
    // Browsers refuse the clipboard on plain HTTP: then the text is shown to be copied by hand.
    if (done) setCopied(true);
    else prompt(label, words);
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
      <Icon name={copied ? 'check' : icon} /> {!iconOnly && word}
    </button>
  );
}
