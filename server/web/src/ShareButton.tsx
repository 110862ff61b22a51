import { CopyButton } from '@deckhand/shared/ui';

/** Copies this session's address. */
export const ShareButton = () => (
  <CopyButton text={location.origin + location.pathname} label="Copy link" icon="link" testId="share" />
);
